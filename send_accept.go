package dugong

import (
	"context"
	"errors"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// accept encodes the request, puts it on the queue and sends what goes; with
// more to come that can wait.
func (l *link) accept(ctx context.Context, k *call, r *Request, more bool) *Error {
	c := l.c
	alone := l.queue.Len() == 0 && len(l.out) == 0
	l.gather()
	mark := len(l.out)
	out, facts, f := c.encode(l.out, r)
	if f != nil {
		if mark == 0 {
			l.gathered()
		}
		return c.faulted(k, f)
	}
	l.out = out
	c.requests++
	l.pulled = nil
	x := l.queue.Push()
	x.Method, x.Path, x.Tag, x.Start, x.Interim = k.method, k.path, r.Tag, l.accepted, r.Interim
	x.Upgrade, x.Close, x.Last = facts.Upgrade || c.lenient, facts.Close, facts.Close || facts.Connect || facts.Upgrade
	l.accepted += int64(len(out) - mark)
	l.emptyBody = r.Body.kind == bodyFollowing && r.Body.length == 0
	c.signal()
	if r.Body.length != 0 || r.Body.kind == bodyReader && !r.ExpectContinue { // an empty source may have too much
		c.writeTo = ctx
		l.send.Open(r.Body.length, r.ExpectContinue, x.Last)
		if r.Body.following() || r.ExpectContinue {
			return l.flushAccepted(ctx, k)
		}
		return l.sendBody(ctx, k, r)
	}
	if x.Last {
		l.send.Do(h1.SentLast)
	} else {
		l.send.Do(h1.SentRequest)
	}
	if more || !alone && !c.parked && len(l.out)-l.outAt < flushAt {
		return nil
	}
	return l.flushAccepted(ctx, k)
}

// flushAccepted is flushSome for the request at the back of the queue. If that
// fails before an octet of it left, the request was not accepted after all and
// the caller hears why; otherwise it is on the queue, and later calls tell.
func (l *link) flushAccepted(ctx context.Context, k *call) *Error {
	err := l.flushSome(ctx, k)
	if err == nil || l.dead != nil || l.handed() > l.queue.Back().Start {
		return nil
	}
	l.accepted = l.queue.Back().Start
	l.queue.Unpush()
	l.c.requests--
	return err
}

// flushForReader sends the rest while a reader is parked, who has looked for
// something to send before and does not look again. A wait that fails leaves
// it to him after all: the request was accepted.
func (l *link) flushForReader(ctx context.Context, k *call) *Error {
	for l.c.parked && l.unpushed() {
		err := l.pushOrWait(ctx, k)
		switch {
		case err == nil:
		case l.dead == nil && l.sendErr == nil:
			l.t.Wake(nio.In)
			return nil
		default: // err may be the waiter's, which has one for all
			return l.noMore(k.in(PhaseWrite))
		}
	}
	return nil
}

// flushSome sends what goes without waiting, unless a reader is parked.
func (l *link) flushSome(ctx context.Context, k *call) *Error {
	switch err := l.push(); {
	case err == nil:
		return nil
	case errors.Is(err, nio.ErrWouldBlock):
		return l.flushForReader(ctx, k)
	}
	l.lostBody = false
	return l.noMore(k.in(PhaseWrite))
}
