package dugong

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// ReadResponse reads the head of the next response, in the order of the
// requests. Its body, if it has one, must be read to its end (or Close or
// Discard be called) before the next one. The Response is good for ever.
//
// With nothing pending it gives ErrState, unless a send is under way or
// Config.ReaderWaits is set: then it waits. A request whose body is still open
// counts as pending only once its final response has come early.
//
// After ExpectContinue the response with Status 100 means: write the body now.
// When none has come within Config.ContinueTimeout, ReadResponse gives
// ErrConnectionTimedOut in PhaseWait100, once, and the body may be written all
// the same. Any final status means that the body is not wanted and will not be
// sent; the connection is then not used again (see
// Config.ReuseAfterRefusedExpect).
//
// A call that was cancelled or timed out has consumed nothing and can be
// repeated. The context of the call goes on as that of the body.
// (Original: read_response.)
func (c *Conn) ReadResponse(ctx context.Context) (*Response, error) {
	r := new(Response)
	r.head.Sealed = true
	if err := c.ReadResponseInto(ctx, r); err != nil {
		return nil, err
	}
	return r, nil
}

// ReadResponseInto is ReadResponse into the memory of r: all of r, its header
// and body included, then belongs to the new response, and what was got from its
// Header, Body, Trailer and Bytes before is gone. After an error r holds nothing
// of use and may be given again. It must not be nil. It allocates nothing when r
// is used again.
func (c *Conn) ReadResponseInto(ctx context.Context, r *Response) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.readResponse(ctx, r); err != nil {
		return err
	}
	return nil
}

func (c *Conn) readResponse(ctx context.Context, r *Response) *Error {
	k := &call{op: "read response"}
	if err := c.beginRead(k); err != nil {
		return err
	}
	defer c.endRead()
	l, err := c.expectResponse(ctx, k)
	if err != nil {
		return err
	}
	r.reset()
	return l.readHead(ctx, k.of(l.queue.Front()), r)
}

// beginRead and endRead keep a second reader out, and the sender informed.
func (c *Conn) beginRead(k *call) *Error {
	if c.reading {
		return c.state(k, "another goroutine is reading on this connection")
	}
	c.reading = true
	return nil
}

func (c *Conn) endRead() {
	c.reading = false
	if l := c.link; l != nil && l.roomOnly && !c.cfg.ReaderWaits {
		l.t.Wake(nio.Out) // nobody reads now, so the sender has to look both ways
	}
}

// expectResponse waits until a response can be read, or says why none can.
func (c *Conn) expectResponse(ctx context.Context, k *call) (*link, *Error) {
	for drops := c.drops; ; {
		l, err := c.linkToRead(k)
		if l != nil || err != nil {
			return l, err
		}
		if !c.sending && !c.cfg.ReaderWaits {
			return nil, c.state(k, "no response is pending")
		}
		c.parked = true
		werr := c.await(ctx)
		c.parked = false
		switch {
		case werr != nil:
			return nil, c.waited(ctx, k.in(PhaseQueue), werr)
		case c.drops != drops:
			return nil, c.fail(k.in(PhaseQueue), ErrConnectionClosed, errLocalClose)
		}
	}
}

// linkToRead gives the link if a response may be read from it now, an error
// if none can come, and nothing if the next request may bring one.
func (c *Conn) linkToRead(k *call) (*link, *Error) {
	l := c.link
	if l == nil {
		l = c.left
	}
	switch {
	case c.closed && (l == nil || len(l.frozen) == 0):
		return nil, c.fail(k, ErrConnectionClosed, errLocalClose)
	case l == nil:
		return nil, nil
	case l.dead != nil && (len(l.frozen) > 0 || c.cfg.ReaderWaits && c.link != nil):
		return nil, l.gone(k)
	case l.dead != nil:
		return nil, nil
	case l.raw:
		return nil, c.fail(k, ErrConnectionClosed, errors.New("what follows is not framed as HTTP any more: ReadRaw or Hijack"))
	case l.open:
		return nil, c.state(k, "the body of the last response is open: read it to its end, or close it, first")
	case l.queue.Len() == 0:
		return nil, nil
	case !l.bodyAhead() || c.sending || c.cfg.ReaderWaits:
		return l, nil
	}
	if l.receive(); l.inErr == nil {
		if l.lookForEarly(); !l.send.Early {
			return nil, c.state(k, "the body of the request is not complete: write the rest of it first")
		}
	}
	return l, nil
}

// bodyAhead reports whether the next response is to a request whose body the
// caller has still to write.
func (l *link) bodyAhead() bool {
	return l.queue.Len() == 1 && l.send.State == h1.BodyOpen && !l.send.Early && !l.answered
}

// readHead reads up to and with the next head that the caller is to see.
func (l *link) readHead(ctx context.Context, k *call, r *Response) *Error {
	for {
		k.phase = PhaseHead
		if l.in.len() > 0 && l.queue.Front().Start >= l.handed() {
			return l.unasked(k)
		}
		n, f := r.head.Parse(l.in.bytes(), l.c.limits)
		if f != nil {
			return l.violated(k, f)
		}
		if n == 0 {
			if err := l.fillHead(ctx, k); err != nil {
				return err
			}
			continue
		}
		l.in.skip(n)
		framing, f := r.head.Framing(l.queue.Front().Asked(l.c.cfg.ReadUntilClose))
		if f != nil {
			return l.violated(k, f)
		}
		if r.head.Status < 200 && framing.Kind != h1.Tunnel {
			if seen, err := l.gotInterim(ctx, k, r, n); seen || err != nil {
				return err
			}
			r.head.Reset()
			continue
		}
		l.gotFinal(ctx, k, r, framing)
		return nil
	}
}

// violated ends the link: the peer broke a rule (parsing rule 26).
func (l *link) violated(k *call, f *h1.Fault) *Error {
	e := l.c.faulted(k, f)
	l.end(e)
	return e
}

// gotInterim takes a 1xx and reports whether the caller is to see it.
func (l *link) gotInterim(ctx context.Context, k *call, r *Response, n int) (seen bool, err *Error) {
	if l.interim += n; l.interim > l.c.limits.Interim {
		return false, l.violated(k, &h1.Fault{Kind: h1.TooLarge, Rule: 27, Text: "too many octets of 1xx responses before a final one"})
	}
	x := l.queue.Front()
	awaited := r.head.Status == 100 && l.send.State == h1.Awaiting && l.queue.Len() == 1
	if awaited {
		l.send.Do(h1.Continue)
		l.wait100 = time.Time{}
	}
	if !awaited && !x.Interim {
		return false, nil
	}
	l.resp++
	r.describe(x, h1.Framing{})
	r.body.open(l, k, ctx)
	r.body.done.set()
	return true, nil
}

// gotFinal settles what a final head means for both halves.
func (l *link) gotFinal(ctx context.Context, k *call, r *Response, f h1.Framing) {
	x := l.queue.Front()
	x.Status = r.head.Status
	l.interim, l.wait100 = 0, time.Time{}
	l.resp++
	if f.Kind == h1.Tunnel {
		l.tunnel, l.raw = true, true
		f.Length, f.Close = 0, false
	} else {
		f.Close = f.Close || x.Close
		l.settleSending(x, &f)
	}
	r.describe(x, f)
	r.body.open(l, k, ctx)
	switch {
	case f.Kind == h1.Unframed:
		l.bodyErr = l.c.faulted(&r.body.k, f.Fault)
		l.raw, l.open = true, true
	case f.Length == 0:
		r.body.done.set()
		l.complete()
	default:
		l.body.Start(f, l.c.limits)
		l.open = true
	}
}

// settleSending tells the sending half about a final head.
func (l *link) settleSending(x *h1.Exchange, f *h1.Framing) {
	own := l.queue.Len() == 1 && !l.answered && l.send.HasBody() // the head answers a request that is not sent whole
	switch {
	case own && l.send.State == h1.Awaiting && l.c.lenient && !f.Close:
		l.send.Do(h1.Continue) // the caller decides about the body
		l.send.Early, l.toldEarly = true, true
	case own && l.send.State == h1.Awaiting:
		if l.send.Refused(l.c.cfg.ReuseAfterRefusedExpect && !f.Close); l.send.State == h1.Ended {
			l.closing, l.closer = true, x.Start
		}
	case own:
		l.send.Early = true
		l.t.Wake(nio.Out)
	case f.Close:
		l.lostBody = l.lostBody || l.send.HasBody()
		l.send.Do(h1.PeerCloses)
		l.t.Wake(nio.Out) // a sender that waits for room is to stop
	case x.Last:
		l.send.Do(h1.Settled)
	}
	if f.Close {
		l.closing, l.announced, l.closer, l.doubtful = true, f.Announced, x.Start, f.Doubtful
		if own {
			l.send.CloseAfterBody()
		}
		l.stopBehind()
	}
}

// complete ends the response at the front of the queue. The caller may do
// anything or nothing from now on: the window is not kept for that.
func (l *link) complete() {
	l.open = false
	l.in.rest()
	x := l.queue.Front()
	if l.queue.Len() == 1 && l.send.HasBody() {
		l.answered = true // the body may go on, its request is not on the queue any more
	}
	if !l.closing || l.tunnel {
		l.queue.Pop()
		return
	}
	why := l.lastWas(x)
	l.queue.Pop()
	l.end(why)
}

// lastWas is the end of a link with a response that was its last one. No call
// has failed by it: the error has no Op, and gone gives its Detail alone.
func (l *link) lastWas(x *h1.Exchange) *Error {
	why := l.c.fail(&call{method: x.Method, path: x.Path}, ErrConnectionClosed, nil)
	exchange := why.Method + " " + why.Path
	if why.Detail = "the peer announced the end after " + exchange; !l.announced {
		why.Detail = "the connection ended after " + exchange + ", as the request or the framing of its response demanded"
	}
	return why
}

// fillHead gets more octets of a head.
func (l *link) fillHead(ctx context.Context, k *call) *Error {
	k.limit = never
	if l.send.State == h1.Awaiting && l.queue.Len() == 1 {
		k.phase = PhaseWait100
		if d := l.c.cfg.ContinueTimeout; d > 0 && l.wait100.IsZero() {
			l.wait100 = time.Now().Add(d)
		}
		k.limit = l.wait100
	}
	ended, err := l.fill(ctx, k)
	if ended {
		return l.lost(k, l.cutOff(k))
	}
	if err == nil || err.Kind != ErrConnectionTimedOut || k.limit.IsZero() || time.Now().Before(k.limit) {
		return err
	}
	if l.dead == nil && l.send.State == h1.Awaiting {
		l.send.Do(h1.Continue)
		l.wait100 = time.Time{}
		err.Detail = "no 100 (Continue) within the wait limit; the body may be written now"
	}
	return err
}

// never is a limit that does not come.
var never time.Time

// fill gets at least one octet into the window, or meets the end of the stream
// (inErr says which). Before it waits it pushes what was accepted.
func (l *link) fill(ctx context.Context, k *call) (ended bool, _ *Error) {
	had := l.in.len()
	for together := true; ; together = false {
		// What has arrived is looked at before anything is pushed: it may say
		// that nothing more is wanted. Where reading, pushing and waiting are one
		// call, that is its order too. It is tried once: what the socket does not
		// take then has to be waited for in both directions.
		if !together && l.unpushed() || !l.canReadWait(ctx) {
			if err := l.receive(); !errors.Is(err, nio.ErrWouldBlock) {
				return err != nil, nil
			}
			l.unlooked = false
			l.push()
		}
		if err := l.waitToRead(ctx, k, together); err != nil {
			return false, err
		}
		if l.in.len() > had || l.inErr != nil {
			return l.in.len() == had, nil
		}
	}
}

// waitToRead waits until there may be something to read, and reads it where
// that is one call. What could not be pushed goes out meanwhile.
func (l *link) waitToRead(ctx context.Context, k *call, together bool) (err *Error) {
	if (together || !l.unpushed()) && l.canReadWait(ctx) {
		return l.readWait(ctx, k)
	}
	want := nio.In
	if l.unpushed() {
		want |= nio.Out
	}
	l.c.parked = true
	err = l.wait(ctx, k, want)
	l.c.parked = false
	return err
}

// canReadWait: ReadWait brings a window of its own, so ours must be empty.
func (l *link) canReadWait(ctx context.Context) bool {
	return l.in.len() == 0 && l.inErr == nil && l.t.CanReadWait(ctx)
}

// readWait is wait and receive in one. It may bring nothing.
func (l *link) readWait(ctx context.Context, k *call) *Error {
	c, idle := l.c, l.c.timeout
	var first nio.BeforeWait
	if l.unpushed() {
		first = l
	}
	c.parked = true
	c.mu.Unlock()
	b, n, ended, err := l.t.ReadWait(ctx, idle, k.limit, first)
	c.mu.Lock()
	c.parked = false
	switch {
	case l.dead != nil:
		if b != nil {
			nio.PutBuffer(b)
		}
		return l.gone(k)
	case b != nil:
		l.in.take(b, n)
	case ended:
		l.inErr = err
	case err != nil:
		return c.waited(ctx, k, err)
	}
	return nil
}

// BeforeWait pushes what was accepted, between a look that found nothing and
// the wait. Who holds the lock may be closing the socket, and that waits for
// us: then the reader looks again.
func (l *link) BeforeWait() bool {
	if !l.c.mu.TryLock() {
		return false
	}
	defer l.c.mu.Unlock()
	l.unlooked = false
	return l.dead == nil && l.push() == nil
}

// speaksTLS is the detail where the peer was meant to be asked by TLS.
const speaksTLS = "the peer answered with a TLS alert: it speaks TLS on this port"

// cutOff says what the end of the stream cut off.
func (l *link) cutOff(k *call) string {
	p := l.in.bytes()
	switch {
	case l.unlooked:
		return closedIdle
	case k.phase == PhaseBody:
		return "the stream ended inside the body"
	case len(p) >= 3 && p[0] == 0x15 && p[1] == 3:
		return speaksTLS
	case len(bytes.TrimLeft(p, "\r\n")) > 0:
		return "the stream ended inside the head of a response"
	case l.interim > 0:
		return "the stream ended after an interim (1xx) response, without a final one"
	}
	return "the stream ended before the response"
}
