package nio

import (
	"errors"
	"net"
	"time"
)

// Release gives up the transport and returns the connection in its plain
// form: the socket, or the TLS connection on it, which from now on blocks by
// itself and obeys deadlines. What was sealed and not pushed yet goes out with
// its next write.
func (t *Transport) Release() net.Conn {
	n := t.s.NetConn()
	switch s := t.s.(type) {
	case interface{ calm() }:
		s.calm()
	case *pump:
		n = &pumped{Conn: n, p: s}
	}
	if len(t.layers) == 0 {
		return n
	}
	for _, l := range t.layers {
		l.under.addrs = addrs{c: n, released: true}
		if l.under.next == nil {
			l.under.raw = n
		}
	}
	return t.layers[len(t.layers)-1].conn
}

// writeRaw writes what was sealed before, then p.
func (u *underTLS) writeRaw(p []byte) (int, error) {
	for q := &u.t.out; q.waiting(); {
		n, err := u.raw.Write(q.next())
		q.taken(n)
		if err != nil {
			return 0, err
		}
	}
	return u.raw.Write(p)
}

// pumped is the connection of a released pump, whose reading goroutine may
// hold octets already, or be in the middle of a read.
type pumped struct {
	net.Conn
	p *pump
}

func (c *pumped) Read(b []byte) (int, error) {
	for {
		n, err := c.p.TryRead(b)
		if n > 0 || !errors.Is(err, ErrWouldBlock) {
			return n, err
		}
		if err := c.p.wait(In, c.p.deadline(In)); err != nil {
			return 0, err
		}
	}
}

// Write returns when the connection has taken all of b: a Close after it cuts
// nothing, not even the last words of TLS.
func (c *pumped) Write(b []byte) (n int, err error) {
	for {
		m, err := c.p.TryWrite(b[n:])
		n += m
		if err != nil && !errors.Is(err, ErrWouldBlock) {
			return n, err
		}
		if err == nil && !c.p.writing() {
			return n, nil
		}
		if err := c.p.wait(Out, c.p.deadline(Out)); err != nil {
			return n, err
		}
	}
}

func (c *pumped) SetDeadline(t time.Time) error {
	c.p.setDeadline(In|Out, t)
	return nil
}

func (c *pumped) SetReadDeadline(t time.Time) error {
	c.p.setDeadline(In, t)
	return nil
}

func (c *pumped) SetWriteDeadline(t time.Time) error {
	c.p.setDeadline(Out, t)
	return nil
}

func (c *pumped) Close() error { return c.p.Close() }
