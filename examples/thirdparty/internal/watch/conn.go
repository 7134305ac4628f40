package watch

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"
)

// A listener's connections are read as fast as requests come: a server of
// net/http does not look at the second one before it has answered the first.
type listener struct {
	net.Listener
	s *Server
}

func (l listener) Accept() (net.Conn, error) {
	sock, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.s.mu.Lock()
	l.s.conns++
	l.s.mu.Unlock()
	near, far := net.Pipe()
	c := &conn{Conn: sock, in: near, s: l.s}
	chunks := make(chunks, ahead)
	go c.count(chunks)
	go pump(far, chunks)
	return c, nil
}

// A conn reads from a pipe, which knows deadlines, what was read from its
// socket before.
type conn struct {
	net.Conn // the socket
	in       net.Conn
	s        *Server

	arrived, answered int // requests; guarded by Server.mu
}

func (c *conn) Read(p []byte) (int, error)         { return c.in.Read(p) }
func (c *conn) SetReadDeadline(t time.Time) error  { return c.in.SetReadDeadline(t) }
func (c *conn) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(t) }
func (c *conn) SetDeadline(t time.Time) error {
	c.in.SetReadDeadline(t)
	return c.Conn.SetWriteDeadline(t)
}

func (c *conn) Close() error {
	c.in.Close()
	return c.Conn.Close()
}

// CloseWrite is what net/http calls before it closes a connection on which
// there may be input that it has not read.
func (c *conn) CloseWrite() error { return c.Conn.(*net.TCPConn).CloseWrite() }

// ahead is how many pieces of input may wait for the server.
const ahead = 64

type chunks chan []byte

func (c chunks) Write(p []byte) (int, error) {
	c <- append([]byte(nil), p...)
	return len(p), nil
}

// pump hands the input on. When the server has closed it goes on reading, so
// that count ends with the socket and not before.
func pump(to net.Conn, from chunks) {
	var err error
	for p := range from {
		if err == nil {
			_, err = to.Write(p)
		}
	}
	to.Close()
}

// count reads the socket and counts the requests as their heads come. What
// cannot be read as a request (what follows an upgrade) is handed on all the
// same.
func (c *conn) count(to chunks) {
	defer close(to)
	r := bufio.NewReader(io.TeeReader(c.Conn, to))
	for {
		req, err := http.ReadRequest(r)
		if err != nil {
			break
		}
		c.arrive()
		if _, err := io.Copy(io.Discard, req.Body); err != nil || req.Header.Get("Upgrade") != "" {
			break
		}
	}
	io.Copy(io.Discard, r)
}

func (c *conn) arrive() {
	s := c.s
	s.mu.Lock()
	defer s.mu.Unlock()
	c.arrived++
	s.open++
	s.deepest = max(s.deepest, c.arrived-c.answered)
	s.changed.Broadcast()
}
