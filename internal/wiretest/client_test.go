package wiretest

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// client is the other end of a scripted peer in these tests.
type client struct {
	t testing.TB
	net.Conn
	tcp net.Conn
}

func dial(t testing.TB, m Mode, s *Server) *client {
	t.Helper()
	network, addr := "tcp", s.Addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
	}
	c, err := net.DialTimeout(network, addr, DefaultGuard)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	return newClient(t, m, c)
}

func newClient(t testing.TB, m Mode, c net.Conn) *client {
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(DefaultGuard))
	cl := &client{t, c, c}
	if m.TLS {
		cfg := m.ClientTLS()
		cfg.ServerName = "localhost"
		cl.Conn = tls.Client(c, cfg)
	}
	return cl
}

func (c *client) send(parts ...string) {
	c.t.Helper()
	for _, s := range parts {
		if _, err := io.WriteString(c.Conn, s); err != nil {
			c.t.Fatalf("client sending %q: %v", s, err)
		}
	}
}

func (c *client) expect(want string) {
	c.t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(c.Conn, got); err != nil || string(got) != want {
		c.t.Fatalf("client got %q, %v; want %q", got[:n], err, want)
	}
}

// rest reads to the end and returns what came with the error that ended it.
func (c *client) rest() (string, error) {
	c.t.Helper()
	b, err := io.ReadAll(c.Conn)
	return string(b), err
}
