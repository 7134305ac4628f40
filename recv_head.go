package dugong

import (
	"context"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

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
	x.Status = int16(r.head.Status)
	if l.interim = 0; l.send.State == h1.Awaiting { // else it is zero, or never looked at again
		l.wait100 = time.Time{}
	}
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
		l.bodyErr = l.c.faulted(r.body.call("read body"), f.Fault)
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
