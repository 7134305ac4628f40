package dial

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// direct are options for TLS with a scripted peer.
func direct(t *testing.T, s *wiretest.Server) *Options {
	t.Helper()
	host, port := hostPort(t, s.Addr)
	return &Options{Network: "tcp", Host: host, Port: port, TLS: wiretest.ClientTLS(), Idle: 10 * time.Second}
}

// refusedBy plays a TLS server whose handshake must fail.
func refusedBy(t *testing.T, cfg *tls.Config) *wiretest.Server {
	return wiretest.Setup{Mode: wiretest.TLS, LazyTLS: true, ServerTLS: cfg}.Serve(t, func(p *wiretest.Peer) {
		if p.Handshake() == nil { // TLS 1.3: the server has done its part before the client judges
			if n, err := p.Conn().Read(make([]byte, 1)); n > 0 || err == nil {
				p.Fatalf("the client sent data after it refused the handshake")
			}
		}
	})
}

func TestHandshake(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"by address": func(*Options) {},
		"http/1.1":   func(o *Options) { o.TLS.NextProtos = []string{"h2", "http/1.1"} },
		"by name":    func(o *Options) { o.TLS.ServerName = "localhost" },
	} {
		t.Run(name, func(t *testing.T) {
			cfg := wiretest.ServerTLS(0, 0)
			cfg.NextProtos = []string{"http/1.1"}
			s := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: cfg}.Serve(t, func(p *wiretest.Peer) { p.Expect("ping\n"); p.Send("ping\n"); p.Drain() })
			o := direct(t, s)
			change(o)
			before := *o.TLS.Clone()
			tr, err := connect(t, o)
			if err != nil {
				t.Fatal(err)
			}
			roundTrip(t, tr)
			if o.TLS.ServerName != before.ServerName {
				t.Errorf("the caller's configuration was changed: ServerName is %q", o.TLS.ServerName)
			}
		})
	}
}

func TestHandshakeUntrusted(t *testing.T) {
	s := refusedBy(t, wiretest.UntrustedTLS())
	_, err := connect(t, direct(t, s))
	fails(t, err, Handshake, TLS)
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) {
		t.Errorf("lost the cause: %v", err)
	}
}

func TestHandshakeWrongName(t *testing.T) {
	s := refusedBy(t, wiretest.OtherNameTLS("other.test"))
	_, err := connect(t, direct(t, s))
	fails(t, err, Handshake, TLS)
	var name x509.HostnameError
	if !errors.As(err, &name) {
		t.Errorf("lost the cause: %v", err)
	}
}

// TestHandshakeVerify: what else is verified is the caller's.
func TestHandshakeVerify(t *testing.T) {
	why := errors.New("not this one")
	s := refusedBy(t, nil)
	o := direct(t, s)
	o.TLS.VerifyConnection = func(tls.ConnectionState) error { return why }
	_, err := connect(t, o)
	fails(t, err, Handshake, TLS)
	if !errors.Is(err, why) {
		t.Errorf("lost the cause: %v", err)
	}
}

// TestHandshakeProtocol: only HTTP/1.1 is spoken here.
func TestHandshakeProtocol(t *testing.T) {
	cfg := wiretest.ServerTLS(0, 0)
	cfg.NextProtos = []string{"h2"}
	s := refusedBy(t, cfg)
	o := direct(t, s)
	o.TLS.NextProtos = []string{"h2", "http/1.1"}
	_, err := connect(t, o)
	fails(t, err, Handshake, TLS)
	contains(t, err, `"h2"`, "ALPN", "NextProtos")

	// And where the server is the one to notice; Go's lets http/1.1 pass for h2.
	cfg.NextProtos = []string{"acme-tls/1"}
	s = refusedBy(t, cfg)
	o = direct(t, s)
	o.TLS.NextProtos = []string{"http/1.1"}
	_, err = connect(t, o)
	fails(t, err, Handshake, TLS)
}

func TestHandshakeWithPlainHTTP(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Read(5)
		p.Send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		p.Drain()
	})
	_, err := connect(t, direct(t, s))
	fails(t, err, Handshake, TLS)
	contains(t, err, "the peer speaks plain HTTP on this port")
	var plain tls.RecordHeaderError
	if !errors.As(err, &plain) || plain.Conn != nil {
		t.Errorf("want the record header without the connection: %#v", plain)
	}

	s = wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Read(5); p.Send("220 smtp.test ESMTP\r\n"); p.Drain() })
	_, err = connect(t, direct(t, s))
	fails(t, err, Handshake, TLS)
}

func TestHandshakeLost(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Read(5); p.Linger() })
	_, err := connect(t, direct(t, s))
	fails(t, err, Failed, TLS)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the end of the stream gives %v", err)
	}
	s = wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Read(5); p.Reset() })
	_, err = connect(t, direct(t, s))
	fails(t, err, Failed, TLS)
}

func TestHandshakeSilent(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Drain() })
	o := direct(t, s)
	o.Idle = 50 * time.Millisecond
	_, err := connect(t, o)
	fails(t, err, TimedOut, TLS)
}

// TestTLSInTLS: an https proxy and an https server, each with a name of its own.
func TestTLSInTLS(t *testing.T) {
	s := wiretest.Serve(t, wiretest.TLS, func(p *wiretest.Peer) {
		p.Expect(request)
		p.Send("HTTP/1.1 200 OK\r\n\r\n")
		inner := tls.Server(p.Conn(), wiretest.OtherNameTLS("server.test"))
		inner.SetDeadline(time.Now().Add(wiretest.DefaultGuard))
		buf := make([]byte, 5)
		if _, err := io.ReadFull(inner, buf); err != nil {
			p.Fatalf("inside of the inner TLS: %v", err)
		}
		inner.Write(buf)
		io.Copy(io.Discard, p.Conn())
	})
	o := through("https", s.Addr)
	o.ProxyTLS = wiretest.ClientTLS()
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, tr)
}

// TestProxyTLSFails: the proxy's certificate is judged for itself, and by
// default as strictly as any.
func TestProxyTLSFails(t *testing.T) {
	s := refusedBy(t, nil)
	_, err := connect(t, through("https", s.Addr))
	fails(t, err, Handshake, TLS)
	contains(t, err, s.Addr)

	s = wiretest.Serve(t, wiretest.TLS, func(p *wiretest.Peer) { p.Expect(request); p.Linger() })
	o := through("https", s.Addr)
	o.ProxyTLS = wiretest.ClientTLS()
	_, err = connect(t, o)
	fails(t, err, Failed, Proxy)

	s = wiretest.Serve(t, wiretest.TLS, func(p *wiretest.Peer) { p.Expect(request); p.Truncate(); p.Drain() })
	o = through("https", s.Addr)
	o.ProxyTLS = wiretest.ClientTLS()
	_, err = connect(t, o)
	fails(t, err, Failed, Proxy)
}
