package nio

import (
	"net"
	"time"
)

// addrs gives the addresses of the socket. It takes no deadlines while the
// Transport waits for its connection, and passes them on once it is released.
type addrs struct {
	c        net.Conn
	released bool
}

func (a addrs) LocalAddr() net.Addr  { return a.c.LocalAddr() }
func (a addrs) RemoteAddr() net.Addr { return a.c.RemoteAddr() }

func (a addrs) SetDeadline(t time.Time) error {
	if !a.released {
		return nil
	}
	return a.c.SetDeadline(t)
}

func (a addrs) SetReadDeadline(t time.Time) error {
	if !a.released {
		return nil
	}
	return a.c.SetReadDeadline(t)
}

func (a addrs) SetWriteDeadline(t time.Time) error {
	if !a.released {
		return nil
	}
	return a.c.SetWriteDeadline(t)
}

func (a addrs) Close() error {
	if !a.released {
		return nil
	}
	return a.c.Close()
}
