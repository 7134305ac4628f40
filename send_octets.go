package dugong

import (
	"context"

	"github.com/dugong-http/dugong/internal/h1"
)

// writeBody accepts p as the next octets of the open body.
func (l *link) writeBody(ctx context.Context, k *call, p []byte) (n int, err *Error) {
	if l.emptyBody && len(p) == 0 {
		return 0, nil
	}
	if f := l.send.CheckWrite(len(p)); f != nil {
		return 0, l.c.faulted(k, f)
	}
	for n < len(p) && err == nil {
		if err := l.bodyRoom(ctx, k); err != nil {
			return n, err
		}
		if l.send.State != h1.BodyOpen { // the peer closes, or the link is gone
			return n, l.lostInBody(k)
		}
		var m int
		m, err = l.take(ctx, k, p[n:])
		n += m
	}
	return n, err
}

// bodyRoom is makeRoom inside a body.
func (l *link) bodyRoom(ctx context.Context, k *call) *Error {
	l.glance()
	if err := l.early(k); err != nil {
		return err
	}
	for len(l.out)-l.outAt >= flushAt {
		if err := l.waited(k, l.pushOrWait(ctx, k)); err != nil {
			return err
		}
	}
	return nil
}

// bodyFull is full inside a body.
func (l *link) bodyFull(ctx context.Context, k *call, why error) *Error {
	if why == nil {
		return nil
	}
	return l.waited(k, l.full(ctx, k, l.pushed(why)))
}

// waited is what a wait inside a body comes to. One that fails leaves the
// request cut off.
func (l *link) waited(k *call, err *Error) *Error {
	if err == nil {
		err = l.early(k)
	}
	if err == nil {
		return nil
	}
	if err.Kind == ErrConnectionTimedOut || err.Kind == ErrCanceled {
		l.stopSending(err)
	}
	l.lostBody = false // this call tells it
	own := *err        // Written will be added, and a waiter may have one error for all
	return &own
}

// early tells once that the final response is here already.
func (l *link) early(k *call) *Error {
	if !l.send.Early || l.toldEarly {
		return nil
	}
	l.toldEarly = true
	e := l.c.fail(k, ErrEarlyResponse, nil)
	e.Detail = "the peer has answered before the request body was complete; read that, or write on"
	return e
}

// stopSending breaks the sending half in the middle of a body. What was
// accepted still leaves, as far as it goes now or before a reader waits.
func (l *link) stopSending(why *Error) {
	l.breakSending(why)
	l.lostBody = false
	l.push()
}

// take accepts some octets of the open body: what is large goes straight to
// the transport, and waits for it if need be; what is small is gathered, for
// which there is room. With an error n is what was accepted.
func (l *link) take(ctx context.Context, k *call, p []byte) (n int, err *Error) {
	large := len(p) >= flushAt
	switch {
	case l.send.Left >= 0 && large && len(l.out) == l.outAt:
		return l.sendCounted(ctx, k, p)
	case l.send.Left >= 0:
		n = l.takeCounted(p[:min(len(p), flushAt)])
	case large && l.t.Vectored():
		return l.sendChunk(ctx, k, p)
	default:
		n = l.takeChunk(p)
	}
	l.pushMuch()
	return n, nil
}

// pushMuch pushes what is more than may wait for company: whoever gave it may
// give nothing more for long. What the socket does not take stays; an error
// comes again at the next push.
func (l *link) pushMuch() {
	if len(l.out)-l.outAt >= flushAt {
		l.push()
	}
}

func (l *link) sendCounted(ctx context.Context, k *call, p []byte) (n int, err *Error) {
	p = p[:min(len(p), glanceEvery)] // a socket that takes all of it must not keep us from looking
	n, why := l.t.TryWrite(p)
	l.accepted += int64(n)
	l.send.Left -= int64(n)
	if why == nil || n > 0 && len(p)-n < flushAt { // an error comes again at the next push
		return n, nil
	}
	return n, l.bodyFull(ctx, k, why)
}

func (l *link) takeCounted(p []byte) int {
	l.keep(p)
	l.send.Left -= int64(len(p))
	return len(p)
}

// keep gathers p.
func (l *link) keep(p []byte) {
	l.gather()
	l.out = append(l.out, p...)
	l.accepted += int64(len(p))
}

// canKeep: what is gathered can still go somewhere.
func (l *link) canKeep() bool { return l.dead == nil && !l.refused && l.send.State != h1.Ended }
