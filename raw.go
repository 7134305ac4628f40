package dugong

import (
	"context"
	"errors"
	"io"
	"net"
)

// ReadRaw reads octets as they come, below all framing: what is buffered,
// then what the peer sends, io.EOF at the end. It is for looking at a body
// whose framing is not known (ErrUnsupportedResponse). After it, only ReadRaw,
// Reset and Close make sense. Before the first connection and after a loss it
// gives ErrConnectionClosed. (Original: read_raw.)
func (c *Conn) ReadRaw(ctx context.Context, p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "read raw", phase: PhaseBody}
	if err := c.beginRead(k); err != nil {
		return 0, err
	}
	defer c.endRead()
	l := c.link
	switch {
	case l == nil:
		return 0, c.fail(k, ErrConnectionClosed, errLocalClose)
	case l.dead != nil:
		return 0, l.gone(k)
	case len(p) == 0:
		return 0, nil
	}
	l.raw = true
	for l.in.len() == 0 {
		ended, err := l.fill(ctx, k)
		switch {
		case ended && l.inErr == io.EOF:
			return 0, io.EOF
		case ended:
			return 0, l.lost(k, "")
		case err != nil:
			return 0, err
		}
	}
	n := copy(p, l.in.bytes())
	l.in.skip(n)
	return n, nil
}

// Hijack hands over the connection itself, after a 101 to a request with
// Upgrade or a 2xx to CONNECT: reads give first what was buffered. Without such
// a tunnel, and while another call runs, it gives ErrState. The Conn is then as
// after Close, and the net.Conn, which blocks and obeys its deadlines
// as usual, belongs to the caller; no context reaches it. Under TLS an end without close_notify is no
// io.EOF but wraps io.ErrUnexpectedEOF: the peer may have had more to say.
func (c *Conn) Hijack() (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := &call{op: "hijack"}
	l := c.link
	switch {
	case c.reading || c.sending:
		return nil, c.state(k, "another call is under way on this connection")
	case l == nil || !l.tunnel:
		return nil, c.state(k, "only a 101 (Switching Protocols) that was asked for, or a 2xx to CONNECT, hands over the connection")
	case l.dead != nil:
		return nil, l.gone(k)
	case l.inErr != nil && l.inErr != io.EOF:
		return nil, l.lost(k, "")
	}
	c.final = &[3]int64{l.accepted, min(l.handed(), l.accepted), l.in.taken}
	conn := &hijacked{Conn: l.t.Release()}
	conn.first = append(conn.first, l.in.bytes()...)
	l.in.skip(l.in.len())
	l.gathered()
	l.dead = c.fail(k, ErrConnectionClosed, errors.New("hijacked"))
	c.closed, c.link = true, nil
	c.signal()
	return conn, nil
}

// hijacked reads what was buffered before what comes.
type hijacked struct {
	net.Conn
	first []byte
}

func (h *hijacked) Read(p []byte) (int, error) {
	if len(h.first) == 0 {
		return h.Conn.Read(p)
	}
	n := copy(p, h.first)
	h.first = h.first[n:]
	return n, nil
}

// CloseWrite ends the sending side, where the connection can do that.
func (h *hijacked) CloseWrite() error {
	if w, ok := h.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return errors.ErrUnsupported
}
