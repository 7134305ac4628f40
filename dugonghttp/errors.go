package dugonghttp

//lint:file-ignore SA1019 http.Client still closes Request.Cancel for its Timeout

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/dugong-http/dugong"
)

// An Error is the failure of a request that had a connection, or might have
// had one. It says what is certain about the request and wraps the cause,
// which is often a *dugong.Error.
type Error struct {
	Verdict dugong.Verdict
	Err     error
}

// Error gives the text of the cause with the verdict.
func (e *Error) Error() string { return alone(e.Err).Error() + " (" + e.Verdict.String() + ")" }

// alone leaves out of an error what it says of all requests of its connection:
// the one that it is told to has its own verdict.
func alone(err error) error {
	e, ok := err.(*dugong.Error)
	if !ok || e.NotProcessed+e.MaybeProcessed == 0 {
		return err
	}
	c := *e
	c.NotProcessed, c.MaybeProcessed = 0, 0
	return &c
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Timeout says whether the cause is a timeout, as net.Error does.
func (e *Error) Timeout() bool {
	var n net.Error
	return errors.As(e.Err, &n) && n.Timeout() || errors.Is(e.Err, context.DeadlineExceeded)
}

// Temporary belongs to net.Error.
func (e *Error) Temporary() bool { return dugong.IsTemporary(e.Err) }

// Verdict says whether the server can have acted on a request that ended in
// err, which comes from a Transport or from an http.Client that has one. What
// came from elsewhere is MaybeProcessed: the cautious answer. That includes what
// http.Client makes of an error when its Timeout is over, of which it keeps
// the text alone; the context of a request keeps the verdict.
func Verdict(err error) dugong.Verdict {
	var e *Error
	var s *sourceError
	if errors.As(err, &s) {
		return dugong.MaybeProcessed
	}
	if errors.As(err, &e) {
		return e.Verdict
	}
	// In the place of a tls.RecordHeaderError http.Client gives ErrSchemeMismatch.
	if errors.As(err, new(refused)) || asNetHTTP(err) || errors.Is(err, http.ErrSchemeMismatch) {
		return dugong.NotProcessed
	}
	return dugong.MaybeProcessed
}

// public gives the form of an error that the caller sees. An error of his body
// comes back as it was, since he may compare it; but if it has a verdict of its
// own, that is not to be taken for the one on this request.
func (x *exchange) public(err error) error {
	var s *sourceError
	var a *attemptError
	switch {
	case errors.As(err, &s) && Verdict(s.err) == dugong.MaybeProcessed:
		return s.err
	case s != nil:
		return s
	case errors.As(err, &a):
		err = &a.public
	}
	return x.overall(err)
}

// overall gives err the verdict on all attempts, not on the last one alone.
func (x *exchange) overall(err error) error {
	if x.maybe && Verdict(err) == dugong.NotProcessed {
		return &Error{dugong.MaybeProcessed, cause(err)}
	}
	return err
}

// cause takes an Error off, whose verdict another one replaces.
func cause(err error) error {
	if e, ok := err.(*Error); ok {
		return e.Err
	}
	return err
}

// sourceError is an error of the caller's body. Some of the request was sent by
// then.
type sourceError struct{ err error }

func (e *sourceError) Error() string { return e.err.Error() }
func (e *sourceError) Unwrap() error { return e.err }

// Timeout: that of the body's source may be one.
func (e *sourceError) Timeout() bool {
	var n net.Error
	return errors.As(e.err, &n) && n.Timeout()
}

// refused is what is wrong with a request, in the words of net/http: nothing of
// it was sent.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// Timeout: reading the body ahead, to measure it, may be one.
func (r refused) Timeout() bool {
	var n net.Error
	return errors.As(r.error, &n) && n.Timeout()
}

// asNetHTTP: failures to connect that callers, http.Client among them, look for
// by their own types, unwrapped.
func asNetHTTP(err error) bool {
	var plain tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &plain) || errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect")
}

// notConnected is the error of a request that got no connection.
func notConnected(err error) error {
	if asNetHTTP(err) {
		return err
	}
	return failed(dugong.NotProcessed, err)
}

// failed wraps err once.
func failed(v dugong.Verdict, err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return &Error{v, err}
}

// tooLate is the error of a request whose context had ended before. An error
// that somebody made for this comes back as it is, as in net/http: he may
// compare it. The price is that Verdict does not know it.
func tooLate(err error) error {
	if err == context.Canceled || err == context.DeadlineExceeded {
		return failed(dugong.NotProcessed, err)
	}
	return err
}

// A timeout is a wait limit of the Transport that has passed.
type timeout string

func (e timeout) Error() string   { return string(e) }
func (e timeout) Timeout() bool   { return true }
func (e timeout) Temporary() bool { return true }

const (
	errHeaderTimeout = timeout("net/http: timeout awaiting response headers")
	errTLSTimeout    = timeout("net/http: TLS handshake timeout")
)

var (
	errNotKept      = errors.New("dugonghttp: the connection is not kept")
	errCanceled     = errors.New("net/http: request canceled")
	errBodyClosed   = errors.New("dugonghttp: the response body was closed")
	errReadOnClosed = http.ErrBodyReadAfterClose
)

// awaitCancel gives http.Client the time to notice its own timeout.
// Client.Timeout is a deadline of the context and, apart from it, a timer that
// closes Request.Cancel; only when the latter has fired does the client say
// "Client.Timeout exceeded". A transport that gives up at the deadline often
// wins over the timer.
func awaitCancel(req *http.Request) {
	if req.Cancel == nil || !errors.Is(req.Context().Err(), context.DeadlineExceeded) {
		return
	}
	const patience = 50 * time.Millisecond // the timers are set for the same moment
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-req.Cancel:
	case <-t.C:
	}
}
