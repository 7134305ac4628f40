package dugonghttp

import (
	"errors"
	"fmt"

	"github.com/dugong-http/dugong"
)

const (
	// maxAttempts bounds what one RoundTrip sends, the first time included.
	// Connections that turn out to be closed before it can send anything do
	// not count: somebody else got an answer on each, so there is progress.
	maxAttempts = 8
	// freshAfter is how many connections out of the pool may turn out to be
	// closed before all idle ones are given up, and the request gets one that
	// was not used before.
	freshAfter = 3
)

// An attemptError is how one attempt on a connection failed, with what the
// decision about another one needs.
type attemptError struct {
	public Error
	reused bool // the connection had been used before, or others were in flight
	stale  bool // it had been answered on before, and nothing of this request was sent
	unsent bool // the connection had ended, or took no more, before it was this request's turn: that was no attempt
	final  bool // the fault is the caller's, or no repetition can mend it
}

func (e *attemptError) Error() string { return e.public.Error() }

// Unwrap gives the public part alone.
func (e *attemptError) Unwrap() error { return &e.public }

// again decides whether to repeat a request after err.
//
// What the server cannot have acted on is repeated whatever it is. What it may
// have acted on is repeated if that does no harm (RFC 9110 section 9.2.2), and
// only where a connection that was in use already was the likely cause: on a
// new one a server that fails once will fail again.
func (x *exchange) again(attempt int, err error) bool {
	var e *attemptError
	switch errors.As(err, &e); {
	case e == nil:
	case e.unsent:
		x.unsent++
	case e.stale:
		x.stale++
	}
	if x.t.DisableRetries && (e == nil || !e.unsent) || attempt-int(x.stale+x.unsent) >= maxAttempts || x.ctx.Err() != nil || e == nil || e.final || !x.repeatable() {
		return false
	}
	if e.public.Verdict == dugong.NotProcessed {
		return true
	}
	if x.idempotent() && e.reused {
		x.alone = true // on the connection that replaces the lost one
		return true
	}
	return x.t.AllowRetry != nil && x.t.AllowRetry(x.req, err)
}

func (x *exchange) idempotent() bool {
	switch x.req.Method {
	case "", "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY":
		return true
	}
	_, a := x.req.Header["Idempotency-Key"]
	_, b := x.req.Header["X-Idempotency-Key"]
	return a || b
}

// repeatable says whether the body can be sent again.
func (x *exchange) repeatable() bool {
	return x.body == nil || !x.spent || x.req.GetBody != nil
}

// notRepeated is the error of a request whose body could not be had again: with
// the verdict of the attempt, and both causes.
func notRepeated(err, why error) error {
	return &Error{Verdict(err), fmt.Errorf("%w; its body cannot be had again: %w", err, why)}
}

// rewind gets the body anew where some of it was read.
func (x *exchange) rewind() error {
	if x.body == nil || !x.spent {
		return nil
	}
	x.body.Close()
	body, err := x.req.GetBody()
	if err != nil {
		return err
	}
	x.body, x.spent = &requestBody{r: body, c: body}, false
	return nil
}
