package dugong

import (
	"context"

	"github.com/dugong-http/dugong/internal/h1"
)

// endCounted ends a body whose last octet was accepted, and sends what goes.
func (l *link) endCounted(ctx context.Context, k *call) *Error {
	if !l.whole() {
		return nil
	}
	return l.endBody(ctx, k)
}

// whole says that the open body has all the octets that were announced.
func (l *link) whole() bool { return l.send.State == h1.BodyOpen && l.send.Left == 0 }

func (l *link) endBody(ctx context.Context, k *call) *Error {
	l.send.Do(h1.BodyEnd)
	l.send.Early, l.toldEarly, l.answered = false, false, false
	l.c.signal()
	return l.flushSome(ctx, k)
}

func (l *link) endChunked(ctx context.Context, k *call, trailer Header) *Error {
	switch {
	case l.send.Left > 0:
		return l.c.state(k.in(""), "the body is shorter than announced: write the rest of it")
	case l.send.Left == 0: // behind it a last chunk would be taken for a request
		return l.c.state(k.in(""), "a body with a length ends by itself")
	}
	l.look() // the last chance to hear of it before the body is complete
	if err := l.bodyRoom(ctx, k); err != nil {
		return err
	}
	if l.send.State != h1.BodyOpen {
		return l.lostInBody(k)
	}
	l.gather()
	var t h1.TrailerEncoder
	t.Begin(l.out)
	for _, f := range trailer {
		if f := t.Field(f.Name, f.Value); f != nil {
			return l.c.faulted(k, f)
		}
	}
	out, f := t.End()
	if f != nil {
		return l.c.faulted(k, f)
	}
	l.accepted += int64(len(out) - len(l.out))
	l.out = out
	return l.endBody(ctx, k)
}

func (l *link) lostInBody(k *call) *Error {
	l.lostBody = false
	return l.noMore(k)
}
