package wiretest

import (
	"crypto/tls"
	"time"
)

func (p *Peer) serverTLS() *tls.Config {
	if p.setup.ServerTLS != nil {
		return p.setup.ServerTLS
	}
	return ServerTLS(0, 0)
}

// Handshake does the TLS handshake and returns its error: for scripts with
// Setup.LazyTLS, where the client is to refuse the certificate or to go away.
func (p *Peer) Handshake() error {
	p.t.Helper()
	c, ok := p.conn.(*tls.Conn)
	if !ok {
		p.Fatalf("the script does a handshake on a connection without TLS")
	}
	p.enter("in the TLS handshake")
	c.SetDeadline(time.Now().Add(max(p.setup.Guard, DefaultGuard))) // it computes: no short guard is meant for it
	err := c.Handshake()
	p.enter("in the script's own code, after the handshake")
	return err
}

// StartTLS goes over from clear text to TLS, as behind a proxy's CONNECT. A nil
// configuration means the Setup's. It includes the handshake, which must succeed.
func (p *Peer) StartTLS(cfg *tls.Config) {
	p.t.Helper()
	if p.setup.Mode.TLS {
		p.Fatalf("the script starts TLS on a connection that has it")
	}
	if cfg == nil {
		cfg = p.serverTLS()
	}
	p.raw.before = []byte(p.take(len(p.in)))
	p.setup.Mode.TLS = true
	p.startTLS(tls.Server(p.raw, cfg))
}

// StartInnerTLS goes over to TLS inside TLS, as behind an https proxy's
// CONNECT. It includes the handshake, which must succeed.
func (p *Peer) StartInnerTLS(cfg *tls.Config) {
	p.t.Helper()
	if !p.setup.Mode.TLS || len(p.in) > 0 {
		p.Fatalf("the script starts TLS inside TLS, but there is none, or the client has sent octets before it")
	}
	p.startTLS(tls.Server(p.conn, cfg))
}

func (p *Peer) startTLS(c *tls.Conn) {
	p.t.Helper()
	p.conn = c
	if err := p.Handshake(); err != nil {
		p.Fatalf("TLS handshake: %s", p.explain(err))
	}
}

// TLS is the state of the TLS connection after the handshake.
func (p *Peer) TLS() tls.ConnectionState {
	p.t.Helper()
	c, ok := p.conn.(*tls.Conn)
	if !ok {
		p.Fatalf("the script asks for the TLS state of a connection without TLS")
	}
	return c.ConnectionState()
}
