package dugong

import (
	"context"
	"io"
	"sync/atomic"
)

// A Body reads the body of one response, decoded from its framing and as it
// comes: nothing is gathered. It knows its own response: once that is complete
// reads give io.EOF, and it never reads into a later one. Its calls wait by
// the context of the ReadResponse that gave it, see SetContext.
//
// Octets that came before an error are given out first. A timeout or
// cancellation consumes nothing: read again. Any other error is final and
// comes again. (Original: read, readinto, readall, discard.)
type Body struct {
	l            *link
	ctx          context.Context
	resp         int64
	done         flag // set with mu held; asked without, to save the lock at the end
	method, path string
	err          *Error
	trailer      HeaderView
}

// open makes b the body of the newest response of l, to the request of k.
func (b *Body) open(l *link, k *call, ctx context.Context) {
	*b = Body{l: l, ctx: ctx, resp: l.resp, method: k.method, path: k.path}
}

func (b *Body) call(op string) *call {
	return &call{op: op, phase: PhaseBody, method: b.method, path: b.path}
}

// Read reads up to len(p) octets, at least one unless the body has ended or
// p is empty. It does not wait for more than there is. As io.Reader allows, all
// of p may be used meanwhile: behind the octets that were read there may be some
// of the framing, of this body or of the next response.
func (b *Body) Read(p []byte) (int, error) {
	if b.l == nil || len(p) > 0 && b.done.is() {
		return 0, io.EOF
	}
	c := b.l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := b.read(p)
	switch {
	case err != nil:
		return n, err
	case n == 0 && len(p) > 0 && b.done.is():
		return 0, io.EOF
	}
	return n, nil
}

// read returns 0, nil at the end. mu is held, and released while waiting.
func (b *Body) read(p []byte) (int, *Error) {
	if b.done.is() || b.err != nil {
		return 0, b.err
	}
	l, c := b.l, b.l.c
	k := b.call("read body")
	if err := c.beginRead(k); err != nil {
		return 0, err
	}
	defer c.endRead()
	switch {
	case b.ctx.Err() != nil:
		return 0, c.fail(k, ErrCanceled, context.Cause(b.ctx))
	case l.dead != nil:
		b.err = l.gone(k)
		return 0, b.err
	case !l.open || l.resp != b.resp:
		return 0, c.state(k, "this body belongs to an earlier response")
	case l.bodyErr != nil:
		return 0, l.bodyErr
	case len(p) == 0:
		return 0, nil
	}
	for {
		n, err := b.decode(k, p)
		if err == nil && !b.done.is() && (n > 0 || !b.l.canReadWait(b.ctx)) { // else the wait looks first
			n += b.direct(p[n:])
		}
		if n == 0 && err == nil && b.l.body.Failed() { // direct met the fault
			n, err = b.decode(k, p)
		}
		if n > 0 || err != nil || b.done.is() {
			return n, err
		}
		if n, err := b.more(k, p); n > 0 || err != nil || b.done.is() {
			return n, err
		}
	}
}

// decode takes what the window holds of the body.
func (b *Body) decode(k *call, p []byte) (n int, err *Error) {
	l := b.l
	for !l.body.Done() {
		skip, m, f := l.body.Next(l.in.bytes(), len(p)-n)
		copy(p[n:], l.in.bytes()[skip:skip+m])
		l.in.skip(skip + m)
		n += m
		l.octets(m)
		if f != nil && n > 0 {
			return n, nil // the fault comes again
		}
		if f != nil {
			b.err = l.violated(k, f)
			return 0, b.err
		}
		if skip+m == 0 || m == 0 && n == len(p) {
			break
		}
	}
	b.finish()
	return n, nil
}

// octets notices that a response has a body: it is no bodyless refusal.
func (l *link) octets(n int) {
	if n > 0 {
		l.doubtful = false
	}
}

// finish notices the end of the body.
func (b *Body) finish() {
	if l := b.l; l.body.Done() && !b.done.is() {
		b.done.set()
		b.trailer = HeaderView{l.body.Trailer()}
		l.complete()
	}
}

// more waits for octets: they go into p, of which it gives how much that was,
// or fill the window. The end of the stream may be the end of the body: it
// is one only where nothing else says where the body ends, and only if the
// peer ended it cleanly (parsing rules 15, 21).
func (b *Body) more(k *call, p []byte) (n int, err *Error) {
	l := b.l
	k.land = landing{p: b.landing(p)}
	ended, err := l.fill(b.ctx, k)
	switch {
	case k.land.n > 0:
		return b.landed(k.land.p[:k.land.n]), nil
	case !ended && (err == nil || l.dead == nil):
		return 0, err
	case ended && l.inErr == io.EOF && l.body.EOF() == nil:
		b.finish()
		return 0, nil
	case ended:
		err = l.lost(k, l.cutOff(k))
	}
	b.err = err
	return 0, err
}

// SetContext changes the context by which the calls of b wait.
func (b *Body) SetContext(ctx context.Context) {
	if b.l != nil {
		b.l.c.mu.Lock()
		b.ctx = ctx
		b.l.c.mu.Unlock()
	}
}

// Trailer returns the trailer fields, which are there once the body has been
// read to its end.
func (b *Body) Trailer() HeaderView { return b.trailer }

// A flag is set once. It is a plain number, so that the Response that holds it
// may be copied like one.
type flag uint32

func (f *flag) set() { atomic.StoreUint32((*uint32)(f), 1) }

func (f *flag) is() bool { return atomic.LoadUint32((*uint32)(f)) != 0 }
