package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// proxied makes a connection to host, port 0 being the default, through a proxy
// that plays the script. Looking any name up fails the test: with a proxy that
// is the proxy's business.
func proxied(t *testing.T, m wiretest.Mode, cfg dugong.Config, port int, script wiretest.Script) *rig {
	t.Helper()
	proxy := wiretest.Serve(t, wiretest.Plain, script)
	cfg.Proxy = &url.URL{Scheme: "http", Host: proxy.Addr}
	cfg.Resolver = &net.Resolver{PreferGo: true, Dial: func(_ context.Context, _, _ string) (net.Conn, error) {
		t.Error("a name was looked up")
		return nil, errors.New("no names here")
	}}
	addr := "origin.test"
	if port != 0 {
		addr = fmt.Sprintf("%s:%d", addr, port)
	}
	return newRig(t, wiretest.Mode{Wait: m.Wait}, addr, cfg)
}

func TestHttpProxy(t *testing.T) {
	for _, c := range []struct {
		port int
		host string
	}{{0, "origin.test"}, {8080, "origin.test:8080"}} {
		t.Run(c.host, func(t *testing.T) {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				r := proxied(t, m, dugong.Config{}, c.port, func(p *wiretest.Peer) {
					req := p.ReadRequest()
					if req.Method != "GET" || req.Target != "http://"+c.host+"/path?q=1" || req.Get("Host") != c.host {
						p.Fatalf("got %+v", req)
					}
					p.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
					p.ExpectClosed()
				})
				r.get("/path?q=1")
				r.wantBody(r.read("/path?q=1", 200), nil)
				r.wantPending(0)
			}, wiretest.PlainModes(wiretest.Waits()...)...)
		})
	}
}

// TestConnectProxy: the original faked TLS behind the tunnel, here it is real.
func TestConnectProxy(t *testing.T) {
	for _, c := range []struct {
		port            int
		target, inField string
	}{{0, "origin.test:443", "origin.test"}, {8080, "origin.test:8080", "origin.test:8080"}} {
		t.Run(c.target, func(t *testing.T) {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				cfg := dugong.Config{TLS: wiretest.ClientTLS()}
				r := proxied(t, m, cfg, c.port, func(p *wiretest.Peer) {
					if req := p.ReadHead(); req.Method != "CONNECT" || req.Target != c.target || req.Get("Host") != c.target {
						p.Fatalf("got %+v", req)
					}
					p.ExpectNothing() // TLS begins after the answer
					p.Send("HTTP/1.1 200 OK\r\n\r\n")
					p.StartTLS(wiretest.ServerTLS(0, 0, "origin.test"))
					if name := p.TLS().ServerName; name != "origin.test" {
						p.Fatalf("server name %q", name)
					}
					req := p.ReadRequest()
					if req.Method != "GET" || req.Target != "/path?q=1" || req.Get("Host") != c.inField {
						p.Fatalf("got %+v", req)
					}
					p.Send(ok(data(100)))
					p.ExpectClosed()
				})
				r.get("/path?q=1")
				r.wantBody(r.read("/path?q=1", 200), data(100))
				r.wantPending(0)
			}, wiretest.PlainModes(wiretest.Waits()...)...)
		})
	}
}
