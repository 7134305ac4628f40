package origin

import (
	"io"
	"net"
	"sync"
	"time"
)

// A lingerer is a listener whose connections are closed as careful servers do
// (RFC 9112 section 9.6): the sending side first, then what still comes is
// read away until the client closes too. net/http closes at once, and the
// system makes a reset of that where pipelined requests are left unread, which
// destroys answers that the client has not read yet.
type lingerer struct {
	net.Listener

	leaving sync.WaitGroup
	mu      sync.Mutex
	over    bool
	conns   map[net.Conn]struct{} // that linger
}

// lingerTime bounds the wait for the client, as nginx does by default.
const lingerTime = 5 * time.Second

func newLingerer(ln net.Listener) *lingerer {
	return &lingerer{Listener: ln, conns: map[net.Conn]struct{}{}}
}

func (l *lingerer) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &lingering{Conn: c, l: l}, nil
}

// end closes all that lingers and waits for it.
func (l *lingerer) end() {
	l.mu.Lock()
	l.over = true
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.leaving.Wait()
}

type lingering struct {
	net.Conn
	l    *lingerer
	once sync.Once
}

// Close returns at once; the connection lingers by itself.
func (c *lingering) Close() error {
	c.once.Do(func() {
		c.l.mu.Lock()
		defer c.l.mu.Unlock()
		if c.l.over {
			c.Conn.Close()
			return
		}
		c.l.conns[c.Conn] = struct{}{}
		c.l.leaving.Go(c.linger)
	})
	return nil
}

func (c *lingering) linger() {
	closeWrite(c.Conn)
	c.Conn.SetReadDeadline(time.Now().Add(lingerTime))
	io.Copy(io.Discard, c.Conn)
	c.Conn.Close()
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	delete(c.l.conns, c.Conn)
}
