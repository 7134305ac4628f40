package dugong_test

import (
	"crypto/tls"
	"errors"
	"net/url"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Rule 12: a proxy's success may be HTTP/1.0 and has no length whatever it
// says; after a 407 the connection is not used again, though the proxy keeps it.
func TestServersRule12Connect(t *testing.T) { eachWait(t, rule12Connect) }

func rule12Connect(t *testing.T, m wiretest.Mode) {
	proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send("HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n")
		p.ExpectClosed()
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n")
		p.StartTLS(nil)
		serving(1)(p)
	})
	cfg := dugong.Config{TLS: wiretest.ClientTLS(), Proxy: &url.URL{Scheme: "http", Host: proxy.Addr}}
	c, err := dugong.New("localhost:443", &cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := &rig{Conn: c, t: t, ctx: m.Ctx(t)}
	if e := r.wantErr(c.Connect(r.ctx), dugong.ErrProxyRefused); e.Status != 407 || dugong.IsTemporary(e) {
		t.Errorf("%v: status %d", e, e.Status)
	}
	r.exchange("/a", "/a") // on a connection of its own
}

// Rule 12: with SOCKS each step waits for the answer to the one before: some
// proxies drop what comes in the same write as the greeting.
func TestServersRule12Socks(t *testing.T) { eachWait(t, rule12Socks) }

func rule12Socks(t *testing.T, m wiretest.Mode) {
	proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Expect("\x05\x01\x00")
		p.ExpectNothing()
		p.Send("\x05\x00")
		p.Expect("\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50")
		p.ExpectNothing()
		p.Send("\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
		serving(1)(p)
	})
	r := newRig(t, m, "127.0.0.1:80", dugong.Config{Proxy: &url.URL{Scheme: "socks5", Host: proxy.Addr}})
	r.exchange("/a", "/a")
}

// Rule 13: a server that ends TLS without close_notify ends a body that lasts
// until close too early; one whose length is known is whole. Both versions.
func TestServersRule13NoCloseNotify(t *testing.T) {
	wiretest.Each(t, rule13NoCloseNotify, wiretest.TLSModes(wiretest.Waits()...)...)
}

func rule13NoCloseNotify(t *testing.T, m wiretest.Mode) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		srv := wiretest.Setup{Mode: m, ServerTLS: wiretest.ServerTLS(version, version)}.Serve(t, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send(answer("400 Bad", []byte("no")))
			p.ReadRequest()
			p.Send("HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nshort")
			p.Truncate()
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{})
		r.get("/a")
		r.wantBody(r.read("/a", 400), []byte("no"))
		r.get("/b")
		got, err := r.read("/b", 400).Body.ReadAll()
		if string(got) != "short" || !errors.Is(err, dugong.ErrConnectionClosed) {
			t.Errorf("TLS %x: %q, %v", version, got, err)
		}
	}
}
