package dugong

import (
	"context"
	"errors"
	"io"
	"sync/atomic"

	"github.com/dugong-http/dugong/internal/nio"
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
	l       *link
	k       call
	ctx     context.Context
	resp    int64
	done    flag // set with mu held; asked without, to save the lock at the end
	err     *Error
	trailer HeaderView
}

// open makes b the body of the newest response of l, to the request of k.
func (b *Body) open(l *link, k *call, ctx context.Context) {
	*b = Body{l: l, ctx: ctx, resp: l.resp}
	b.k = call{op: "read body", phase: PhaseBody, method: k.method, path: k.path}
}

// Read reads up to len(p) octets, at least one unless the body has ended or
// p is empty. It does not wait for more than there is.
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
	k := &b.k
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
		if err == nil && !b.done.is() {
			n += b.direct(p[n:])
		}
		if n == 0 && err == nil && b.l.body.Failed() { // direct met the fault
			n, err = b.decode(k, p)
		}
		if n > 0 || err != nil || b.done.is() {
			return n, err
		}
		if err := b.more(k); err != nil || b.done.is() {
			return 0, err
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

// more fills the window. The end of the stream may be the end of the body: it
// is one only where nothing else says where the body ends, and only if the
// peer ended it cleanly (parsing rules 15, 21).
func (b *Body) more(k *call) *Error {
	l := b.l
	ended, err := l.fill(b.ctx, k)
	switch {
	case !ended && (err == nil || l.dead == nil):
		return err
	case ended && l.inErr == io.EOF && l.body.EOF() == nil:
		b.finish()
		return nil
	case ended:
		err = l.lost(k, l.cutOff(k))
	}
	b.err = err
	return err
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

// WriteTo writes the rest of the body to w. (io.WriterTo.)
func (b *Body) WriteTo(w io.Writer) (int64, error) {
	buf := nio.GetBuffer()
	defer nio.PutBuffer(buf)
	var sum int64
	for {
		n, err := b.Read(buf[:])
		m, werr := w.Write(buf[:n])
		sum += int64(m)
		switch {
		case werr != nil:
			return sum, werr
		case m < n:
			return sum, io.ErrShortWrite
		case err == io.EOF:
			return sum, nil
		case err != nil:
			return sum, err
		}
	}
}

// ReadAll reads the rest of the body. With an error it returns what came
// before it.
func (b *Body) ReadAll() ([]byte, error) {
	p := make([]byte, 0, 512) // grows with what arrives, never by what was declared
	for {
		n, err := b.Read(p[len(p):cap(p)])
		p = p[:len(p)+n]
		if err == io.EOF {
			return p, nil
		}
		if err != nil {
			return p, err
		}
		if len(p) == cap(p) {
			p = append(p, 0)[:len(p)]
		}
	}
}

// Discard reads the rest of the body and throws it away, however much it is.
// It says how much it was.
func (b *Body) Discard() (int64, error) {
	if b.l == nil {
		return 0, nil
	}
	return b.discard(-1)
}

// Close gets the rest of the body out of the way: up to Config.DiscardLimit
// octets are read and thrown away; for more, or where that fails, the
// connection is broken and the error says so. After the end it does nothing;
// of a body whose end cannot be known it gives the error, and leaves the
// connection to ReadRaw.
func (b *Body) Close() error {
	if err := b.close(); err != nil {
		return err
	}
	return nil
}

func (b *Body) close() *Error {
	if b.l == nil || b.ended() {
		return nil
	}
	limit := max(0, b.l.c.cfg.DiscardLimit)
	over := b.known() > limit
	if !over {
		n, err := b.discard(limit)
		if over = err == nil && n > limit; !over {
			return b.closeFailed(err)
		}
	}
	c := b.l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if b.l.dead != nil || b.done.is() {
		return nil
	}
	k := b.k
	k.op = "close body"
	e := c.fail(&k, ErrConnectionClosed, errLocalClose)
	e.Detail = "the unread rest of the body exceeds the discard limit"
	b.err = e
	b.l.end(e)
	return e
}

// closeFailed breaks the connection where a body could not be discarded though
// its connection is sound (a timeout, the end of the context): the rest of it
// would stand in the way of every later response.
func (b *Body) closeFailed(err error) *Error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != ErrConnectionTimedOut && e.Kind != ErrCanceled {
		return e
	}
	c := b.l.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if !b.done.is() && b.l.resp == b.resp {
		b.err = e
		b.l.end(e)
	}
	return e
}

func (b *Body) ended() bool {
	if b.done.is() {
		return true
	}
	b.l.c.mu.Lock()
	defer b.l.c.mu.Unlock()
	return b.l.dead != nil
}

// known gives the octets that are certain to come.
func (b *Body) known() int64 {
	b.l.c.mu.Lock()
	defer b.l.c.mu.Unlock()
	if b.l.resp != b.resp || b.l.body.Direct() == 1<<63-1 {
		return 0
	}
	return b.l.body.Direct()
}

// discard reads up to limit octets and a little more; negative: all.
func (b *Body) discard(limit int64) (sum int64, err error) {
	buf := nio.GetBuffer()
	defer nio.PutBuffer(buf)
	for limit < 0 || sum <= limit {
		n, err := b.Read(buf[:])
		sum += int64(n)
		if err == io.EOF {
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
	return sum, nil
}

// A flag is set once. It is a plain number, so that the Response that holds it
// may be copied like one.
type flag uint32

func (f *flag) set()     { atomic.StoreUint32((*uint32)(f), 1) }
func (f *flag) is() bool { return atomic.LoadUint32((*uint32)(f)) != 0 }
