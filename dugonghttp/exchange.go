package dugonghttp

//lint:file-ignore SA1019 http.Client still closes Request.Cancel for its Timeout

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dugong-http/dugong"
)

// An exchange is one call of RoundTrip, from its request to the end of its
// response's body. It may take several calls on several connections.
type exchange struct {
	t     *Transport
	req   *http.Request
	ctx   context.Context        // of req until armed
	trace *httptrace.ClientTrace // never nil

	route  *route
	length int64        // of the body: -1 chunked
	gzip   bool         // asked for by us
	expect bool         // 100-continue
	closes bool         // the request says Connection: close
	pipes  bool         // may share a connection with others
	alone  bool         // not behind others, this time
	fresh  bool         // on a connection that nobody has used
	maybe  bool         // the server may have acted on an attempt
	unsent int32        // attempts that were none
	stale  int32        // attempts that found their connection closed
	cred   string       // digest of the credentials in its header
	body   *requestBody // nil: none
	spent  bool         // something of body may have been read

	span *span // of ctx

	// What almost every exchange needs, so that it is one piece of memory. What
	// it needs only until its request was sent is in scratch: the less new
	// memory, the less to clear and to collect.
	once    span
	first   call // the first attempt
	resp    http.Response
	whole   wholeBody
	scratch *scratch
}

func newExchange(t *Transport, req *http.Request) *exchange {
	x := &exchange{t: t, req: req}
	if req.Body != nil && req.Body != http.NoBody {
		x.body = &requestBody{r: req.Body, c: req.Body}
	}
	x.start()
	if x.trace = httptrace.ContextClientTrace(req.Context()); x.trace == nil {
		x.trace = &noTrace
	}
	return x
}

// start begins the exchange: once, and again after a response that CheckResponse
// refused.
func (x *exchange) start() {
	x.ctx = x.req.Context()
	if x.span == nil {
		x.span = &x.once
	} else { // the body of the first one may be under way still
		x.span = new(span)
	}
	x.span.parts.Store(1)
	m := x.t.Metrics
	if x.body != nil || x.req.Cancel != nil || x.t.ResponseHeaderTimeout > 0 || m != nil && m.InFlight != nil {
		x.arm()
	}
}

// arm gives the exchange a context of its own, which whatever outlives RoundTrip
// or has to be ended apart from the caller's context needs.
func (x *exchange) arm() {
	if x.span.stop != nil {
		return
	}
	x.ctx, x.span.stop = context.WithCancelCause(x.ctx)
	x.counted(x.ctx)
	if x.req.Cancel != nil {
		go x.watchCancel(x.ctx, x.span.stop)
	}
}

// cancel ends the context, if the exchange has one of its own.
func (x *exchange) cancel(err error) { x.span.end(err) }

var noTrace httptrace.ClientTrace

// watchCancel serves the deprecated Request.Cancel, which http.Client still
// sets for its Timeout. It ends with the exchange.
func (x *exchange) watchCancel(ctx context.Context, cancel context.CancelCauseFunc) {
	select {
	case <-x.req.Cancel:
		cancel(errCanceled)
	case <-ctx.Done():
	}
}

// end is called when the exchange has failed.
func (x *exchange) end(err error) {
	x.body.Close()
	x.cancel(err)
}

// A span is the life of an exchange's own context: as long as its response or
// its request body is not over.
type span struct {
	parts atomic.Int32            // those that are not
	stop  context.CancelCauseFunc // nil: the context is the caller's
}

func (s *span) partDone() {
	if s.parts.Add(-1) == 0 {
		s.end(nil)
	}
}

func (s *span) end(err error) {
	if s.stop != nil {
		s.stop(err)
	}
}

// A requestBody is closed once, by whoever comes first.
type requestBody struct {
	r      io.Reader
	c      io.Closer
	atOnce []byte // all of it, if it is sent together with the head
	once   sync.Once
	err    error
}

// Read does not rely on what a body says of itself: behind p there may be
// octets of another one.
func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if n < 0 || n > len(p) {
		return 0, fmt.Errorf("dugonghttp: the request body's Read returned %d for %d octets, which io.Reader forbids", n, len(p))
	}
	return n, err
}

func (b *requestBody) Close() error {
	if b == nil {
		return nil
	}
	b.once.Do(func() { b.err = b.c.Close() })
	return b.err
}

// run tries until there is a response, or an error that no repetition mends.
func (x *exchange) run() (*http.Response, error) {
	if err := x.canceled(); err != nil {
		return nil, tooLate(err)
	}
	if err := x.prepare(); err != nil {
		return nil, refused{err}
	}
	defer x.giveBack()
	for attempt := 1; ; attempt++ {
		resp, err := x.try(attempt)
		if err == nil {
			return resp, nil
		}
		before := x.unsent
		x.maybe = x.maybe || Verdict(err) == dugong.MaybeProcessed
		if !x.again(attempt, err) {
			return nil, x.public(err)
		}
		if rerr := x.rewind(); rerr != nil {
			return nil, x.overall(notRepeated(err, rerr))
		}
		if x.t.OnRetry != nil && x.unsent == before { // otherwise nothing is repeated
			x.t.OnRetry(Retry{x.req, attempt + 1, err})
		}
	}
}

// canceled says why the exchange is over, if it is.
func (x *exchange) canceled() error {
	if x.ctx.Err() == nil {
		return nil
	}
	return context.Cause(x.ctx)
}

// try makes one attempt on one connection.
func (x *exchange) try(attempt int) (*http.Response, error) {
	if x.scratch == nil { // the last attempt has given it back
		if err := x.compose(); err != nil {
			return nil, refused{err}
		}
	}
	o := x.t.origin(x.route)
	if x.fresh = attempt-int(x.unsent) > freshAfter; x.fresh {
		o.closeIdle() // where that many were stale, the rest is too
	}
	if x.trace.GetConn != nil {
		x.trace.GetConn(x.route.addr)
	}
	g, err := o.acquire(x)
	if err != nil {
		return nil, notConnected(err)
	}
	if g.alt != nil {
		x.pipes = false
		return x.handOver(o, g.alt)
	}
	k := x.newCall(g.conn)
	if k.reused = g.reused; x.trace.GotConn == nil {
		k.at = g.at
	} else {
		x.trace.GotConn(g.info(time.Now()))
	}
	var begun time.Time
	if x.t.Metrics != nil {
		begun = time.Now()
	}
	k.count(attempt)
	err = g.conn.do(k)
	if k.report(attempt, begun, err); err != nil {
		k.over(err)
		return nil, g.conn.blame(err)
	}
	resp, err := k.convert()
	if err == nil && x.t.CheckResponse != nil && g.conn.shared() {
		err = k.check(resp)
	}
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// blame: the first request on a new connection is repeated as others are if
// more were sent behind it, since that may be what the server did not bear.
func (c *conn) blame(err error) error {
	var e *attemptError
	if errors.As(err, &e) && !e.reused && c.shared() {
		e.reused = true
	}
	return err
}

// handOver sends the request by another protocol. Who took the connection has
// its own way to cancel and to end.
func (x *exchange) handOver(o *origin, alt http.RoundTripper) (*http.Response, error) {
	x.spent = true
	req := x.req
	resp, err := alt.RoundTrip(req)
	if err == nil {
		x.cancel(nil) // what is left of it is not done here
		return resp, nil
	}
	var gone interface{ IsHTTP2NoCachedConnError() }
	if errors.As(err, &gone) {
		o.dropAlt(alt)
		x.spent = false
		return nil, &attemptError{public: Error{dugong.NotProcessed, err}, reused: true}
	}
	return nil, err
}
