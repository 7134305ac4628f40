package dugong

import (
	"errors"
	"io"

	"github.com/dugong-http/dugong/internal/nio"
)

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
	e := c.fail(b.call("close body"), ErrConnectionClosed, errLocalClose)
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
