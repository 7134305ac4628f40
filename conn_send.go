package dugong

import (
	"context"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// flushAt is how much is gathered before it is written: about a hundred small
// requests, and one record of TLS. More gains nothing (measured), less costs a
// system call for each few requests.
const flushAt = 16 << 10

// SendRequest accepts a request for sending, connecting first where there is
// no connection. Nil means accepted, not sent: see Flush. It leaves at once
// when nothing is in flight, when a reader waits, with ExpectContinue or when
// its body follows; otherwise when 16 KiB have gathered, before a reader waits
// or on Flush. Only ctx limits the wait for the peer to take earlier requests,
// beside the inactivity timeout; a request that was refused (ErrPipelineFull,
// ErrState, ErrInvalidRequest, a timeout or cancellation before its first
// octet was accepted) leaves the connection as it was.
//
// Before a request goes out on an idle connection, the connection is looked
// at: if the peer has closed it, or has sent something that nobody asked for,
// the call gives ErrConnectionClosed and nothing was sent.
//
// With BodyBytes or BodyReader the body is sent as by Write; if that stops
// half-way, Error.Written says how far it came. A nil r gives
// ErrInvalidRequest. (Original: send_request.)
func (c *Conn) SendRequest(ctx context.Context, r *Request) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.sendRequest(ctx, r, false); err != nil {
		return err
	}
	return nil
}

func (c *Conn) sendRequest(ctx context.Context, r *Request, inPipeline bool) *Error {
	if r == nil {
		return c.noRequest("send")
	}
	k := &call{op: "send", method: r.method(), path: r.target()}
	if err := c.beginSend(k); err != nil {
		return err
	}
	defer c.endSend()
	if why := r.contradiction(inPipeline); why != "" {
		e := c.fail(k, ErrInvalidRequest, nil)
		e.Detail = why
		return e
	}
	l, err := c.linkFor(ctx, k, r)
	if err != nil {
		return err
	}
	k.phase = PhaseWrite
	// Pipeline reads at once, and reading looks before it pushes.
	readNext := inPipeline && c.cfg.PipelineDepth == 1 && r.Body.kind == bodyNone
	if err := l.mayRequest(k, readNext); err != nil {
		return err
	}
	if err := l.makeRoom(ctx, k); err != nil {
		return err
	}
	if l.send.State != h1.Ready || l.raw { // a response came while it waited
		return l.mayRequest(k, false)
	}
	return l.accept(ctx, k, r, r.More || readNext || inPipeline && c.cfg.PipelineDepth > 1)
}

// noRequest is the error of a nil *Request. Nothing else is looked at or done.
//
//go:noinline
func (c *Conn) noRequest(op string) *Error {
	e := c.fail(&call{op: op}, ErrInvalidRequest, nil)
	e.Detail = "no request"
	return e
}

// beginSend and endSend keep a second sender out.
func (c *Conn) beginSend(k *call) *Error {
	if c.sending {
		return c.state(k, "another goroutine is sending on this connection")
	}
	c.sending = true
	return nil
}

func (c *Conn) endSend() {
	c.sending = false
	c.signal()
}

// linkFor gives the link. A request that cannot be sent anyway is refused
// before anything is done about connecting.
func (c *Conn) linkFor(ctx context.Context, k *call, r *Request) (*link, *Error) {
	if c.link == nil && !c.closed {
		if _, _, f := c.encode(nil, r); f != nil {
			return nil, c.faulted(k, f)
		}
	}
	return c.connect(ctx, k)
}

// Flush sends everything that was accepted, waiting as long as the peer takes
// some of it. Like a send it may end in ErrPipelineFull; after that, a timeout or
// a cancellation it can be called again. Before the first connection there is
// nothing to send; after a loss, Close or Reset, until the next connection, it
// gives ErrConnectionClosed.
func (c *Conn) Flush(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "flush", phase: PhaseWrite}
	if err := c.beginSend(k); err != nil {
		return err
	}
	defer c.endSend()
	l := c.link
	switch {
	case l == nil && c.left == nil && !c.closed:
		return nil
	case l == nil:
		return c.fail(k, ErrConnectionClosed, errLocalClose)
	case l.dead != nil:
		return l.gone(k)
	case l.sendErr != nil:
		return l.noMore(k)
	}
	for l.unpushed() {
		if err := l.pushOrWait(ctx, k); err != nil {
			if c.parked && l.dead == nil && l.sendErr == nil {
				l.t.Wake(nio.In) // what is left is for the reader, who saw nothing to send when he parked
			}
			return err
		}
	}
	if l.dropped {
		return l.mayRequest(k, false)
	}
	return nil
}
