package dugong

import (
	"context"
	"errors"

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
	k.of(l.queue.Front())
	if k.phase = PhaseHead; l.in.len() == 0 && l.send.State != h1.Awaiting {
		// What readHead would wait for, here where the stack is less deep: when
		// thousands wait, none of their stacks stays in the processor's cache.
		if _, err := l.fill(ctx, k); err != nil {
			return err
		}
	}
	return l.readHead(ctx, k, r)
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
	if l.in.len() < l.mostAhead() {
		l.receive()
	}
	if l.inErr == nil {
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
