package dugong

import (
	"context"
	"io"

	"github.com/dugong-http/dugong/internal/h1"
)

// Write sends the next octets of the body that BodyFollowing or BodyChunked
// announced; in a chunked body each Write is a chunk, or several where p is
// large (of up to 60 KiB on a plain socket of Linux, of 32 KiB elsewhere). It
// returns when all of p was accepted: less than 16 KiB, and what a full socket
// left over (60 KiB at most), leave with the next Write, the end of the body,
// Flush or ReadResponse. The context is that of SendRequest, see
// SetWriteContext. (Original: write.)
//
// It gives ErrExcessBodyData, and sends nothing, if p is longer than what is
// left; ErrEarlyResponse, with the n accepted so far, when the final response
// came before the body is complete: write on by calling again, or stop and
// read it; ErrPipelineFull, with the n accepted so far, when some responses
// must be read first. After a timeout, cancellation or loss the body is lost,
// but responses can still be read. Without an open body it gives ErrState. An
// empty p does nothing. p is the caller's again when Write returns, whatever it
// returns. One goroutine may send while another one reads.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "write", phase: PhaseWrite}
	l, err := c.beginBody(k)
	if err != nil {
		return 0, err
	}
	defer c.endSend()
	if l.send.Left == int64(len(p)) {
		l.lastLook()
	}
	n, err := l.writeBody(c.writeTo, k, p)
	if err == nil {
		err = l.endCounted(c.writeTo, k)
	}
	if err != nil {
		err.Written = int64(n)
		return n, err
	}
	return n, nil
}

// ReadFrom sends r, up to its end or the announced length, as the next octets
// of the body; of a longer r one octet more is read, for ErrExcessBodyData.
// What was read when an error comes was accepted, unless the body is lost with
// it. r is read while no lock is held, and not closed; the context does not
// reach it. If it fails, the error is ErrBodySource; otherwise as in Write.
// (io.ReaderFrom.)
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "write", phase: PhaseWrite}
	l, err := c.beginBody(k)
	if err != nil {
		return 0, err
	}
	defer c.endSend()
	if l.send.Left > 0 && l.send.Left <= glanceEvery {
		l.lastLook()
	}
	n, err := l.copyBody(c.writeTo, k, r)
	if err = l.copied(c.writeTo, k, err); err != nil {
		err.Written = n
		return n, err
	}
	return n, nil
}

// EndBody ends a chunked body, with trailer fields if there are any (framing,
// routing and authentication fields are not allowed there: after the
// ErrInvalidRequest the body is still open). A body with a length ends by itself,
// and EndBody then is ErrState. Like Write it can give ErrEarlyResponse and
// ErrPipelineFull; call again then. trailer is not kept.
func (c *Conn) EndBody(trailer Header) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "end body", phase: PhaseWrite}
	l, err := c.beginBody(k)
	if err != nil {
		return err
	}
	defer c.endSend()
	if l.emptyBody {
		return c.state(k.in(""), "a body with a length ends by itself")
	}
	if err := l.endChunked(c.writeTo, k, trailer); err != nil {
		return err
	}
	return nil
}

// SetWriteContext changes the context of Write, ReadFrom and EndBody, which is
// that of the SendRequest that announced the body, from the next call on: one
// that is under way keeps its own. Any goroutine may call it.
func (c *Conn) SetWriteContext(ctx context.Context) {
	c.mu.Lock()
	c.writeTo = ctx
	c.mu.Unlock()
}

// BodyWriter returns an io.WriteCloser for the open body. Close ends a chunked
// one, and gives ErrState for one that is too short.
func (c *Conn) BodyWriter() io.WriteCloser { return &bodyWriter{c: c} }

type bodyWriter struct {
	c    *Conn
	done bool
}

func (w *bodyWriter) Write(p []byte) (int, error) { return w.c.Write(p) }

func (w *bodyWriter) ReadFrom(r io.Reader) (int64, error) { return w.c.ReadFrom(r) }

func (w *bodyWriter) Close() error {
	if w.done {
		return nil
	}
	w.done = true
	w.c.mu.Lock()
	l := w.c.link
	complete := l != nil && l.dead == nil && l.sendErr == nil && !l.send.HasBody()
	w.c.mu.Unlock()
	if complete {
		return nil
	}
	return w.c.EndBody(nil)
}

// beginBody begins a sending call that needs an open body.
func (c *Conn) beginBody(k *call) (*link, *Error) {
	if err := c.beginSend(k); err != nil {
		return nil, err
	}
	l := c.link
	if l == nil {
		l = c.left
	}
	if l != nil && (l.lostBody || l.send.HasBody()) && l.queue.Len() > 0 && !l.answered {
		k.of(l.queue.Back())
	}
	var err *Error
	switch {
	case l == nil:
		err = c.state(k.in(""), "no request body is open")
	case l.lostBody:
		err = l.noMore(k)
	case l.emptyBody && l.dead == nil && l.send.State != h1.Broken:
	default:
		if f := l.send.CheckWrite(0); f != nil {
			err = c.faulted(k.in(""), f)
		}
	}
	if err != nil {
		if l != nil {
			l.lostBody = false
		}
		c.endSend()
		return nil, err
	}
	return l, nil
}
