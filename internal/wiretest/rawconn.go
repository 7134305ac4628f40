package wiretest

import (
	"io"
	"net"
	"sync/atomic"
)

// rawConn is the connection under TLS, or the connection itself.
type rawConn struct {
	net.Conn
	before []byte // read already in clear text, belongs in front (StartTLS)
	slow   bool   // write one octet at a time
	eof    bool   // the client's FIN has been read
	closed atomic.Bool
}

func (c *rawConn) Read(b []byte) (int, error) {
	if len(c.before) > 0 {
		n := copy(b, c.before)
		c.before = c.before[n:]
		return n, nil
	}
	n, err := c.Conn.Read(b)
	if err == io.EOF {
		c.eof = true
	}
	return n, err
}

func (c *rawConn) Write(b []byte) (int, error) {
	if !c.slow {
		return c.Conn.Write(b)
	}
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

// Close closes once; later calls do nothing.
func (c *rawConn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	return c.Conn.Close()
}

// closeWrite sends FIN.
func (c *rawConn) closeWrite() error {
	if h, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return h.CloseWrite()
	}
	return net.ErrClosed // a net.Pipe has no halves
}

// abort closes with a reset where there is such a thing. It may be called from
// another goroutine than the script's.
func (c *rawConn) abort() {
	if tcp, ok := c.Conn.(*net.TCPConn); ok && !c.closed.Load() {
		tcp.SetLinger(0)
	}
	c.Close()
}
