package wiretest

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
	"time"
)

// Send sends each part by a write of its own: a segment, as a rule, and under
// TLS a record.
func (p *Peer) Send(parts ...string) {
	p.t.Helper()
	if err := p.TrySend(parts...); err != nil {
		p.Fatalf("sending %s: %s", quote(parts...), p.explain(err))
	}
}

// TrySend is Send for scripts in which the client may have gone.
func (p *Peer) TrySend(parts ...string) error {
	p.enter("sending %s", quote(parts...))
	for _, s := range parts {
		p.conn.SetWriteDeadline(time.Now().Add(p.setup.Guard))
		if _, err := p.conn.Write([]byte(s)); err != nil {
			return err
		}
	}
	p.enter("in the script's own code, after sending %s", quote(parts...))
	return nil
}

// SendSlowly sends each octet by a write of its own, without Nagle's algorithm.
// Under TLS each octet is a record of its own, and the octets of the record go
// out one by one too. A client that is slow itself may still find several at once.
func (p *Peer) SendSlowly(parts ...string) {
	p.t.Helper()
	if tcp, ok := p.raw.Conn.(*net.TCPConn); ok {
		tcp.SetNoDelay(true)
	}
	p.raw.slow = true
	defer func() { p.raw.slow = false }()
	for _, s := range parts {
		for i := range len(s) {
			if err := p.TrySend(s[i : i+1]); err != nil {
				p.Fatalf("sending %s octet by octet, after %d: %s", quote(s), i, p.explain(err))
			}
		}
	}
}

// CloseWrite ends the sending side as it should be: close_notify under TLS,
// then FIN. Reading goes on.
func (p *Peer) CloseWrite() {
	p.t.Helper()
	if p.setup.Mode.TLS {
		p.CloseNotify()
	}
	p.Truncate()
}

// CloseNotify sends close_notify and leaves TCP open. It is for TLS only.
func (p *Peer) CloseNotify() {
	p.t.Helper()
	c, ok := p.conn.(*tls.Conn)
	if !ok {
		p.Fatalf("the script sends close_notify on a connection without TLS")
	}
	if err := c.CloseWrite(); err != nil {
		p.Fatalf("sending close_notify: %s", p.explain(err))
	}
}

// Truncate sends FIN and no close_notify: under TLS the client cannot know
// whether the end is genuine. Reading goes on.
func (p *Peer) Truncate() {
	p.t.Helper()
	if err := p.raw.closeWrite(); err != nil && !errors.Is(err, syscall.ENOTCONN) { // the client was quicker
		p.Fatalf("closing the sending side: %s", p.explain(err))
	}
}

// Close closes the connection, under TLS with close_notify. Where the client
// has sent what was not read the system makes a reset of it, which may destroy
// what the client has not read yet; see Linger.
func (p *Peer) Close() {
	p.conn.Close()
	p.raw.Close() // where conn's Close does nothing: after CloseNotify
}

// CloseAbruptly closes the connection without close_notify.
func (p *Peer) CloseAbruptly() { p.raw.Close() }

// Linger closes as careful servers do: the sending side first, then it takes
// what still comes until the client closes too. So the client gets all that
// was sent.
func (p *Peer) Linger() {
	p.t.Helper()
	p.CloseWrite()
	p.Drain()
	p.Close()
}

// Reset closes the connection with a reset. It needs TCP.
func (p *Peer) Reset() {
	p.t.Helper()
	if _, ok := p.raw.Conn.(*net.TCPConn); !ok {
		p.Fatalf("the script resets a connection that is not TCP")
	}
	p.raw.abort()
}
