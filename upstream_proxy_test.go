package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
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

// An error on the way to a proxy says so: its address alone is no hint to who
// asked for the origin. One on the way through it, or without it, does not.
func TestProxyNotReached(t *testing.T) { eachWait(t, proxyNotReached) }

func proxyNotReached(t *testing.T, m wiretest.Mode) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := ln.Addr().String()
	ln.Close()
	plain := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Read(1)
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		p.Drain()
	})
	for _, c := range []struct {
		proxy *url.URL
		addr  string
		phase dugong.Phase
		want  string
	}{
		{&url.URL{Scheme: "http", Host: dead}, "origin.test", dugong.PhaseDial, "dugong: connect to the proxy (" + dead + "): connecting failed [dial]: "},
		{&url.URL{Scheme: "socks5h", Host: dead}, "origin.test", dugong.PhaseDial, "dugong: connect to the proxy (" + dead + "): connecting failed [dial]: "},
		{&url.URL{Scheme: "https", Host: plain.Addr}, "origin.test", dugong.PhaseTLS, "dugong: connect to the proxy (" + plain.Addr + "): TLS failed [tls]: "},
		{nil, dead, dugong.PhaseDial, "dugong: connect (" + dead + "): connecting failed [dial]: "},
	} {
		c2, err := dugong.Dial(m.Ctx(t), c.addr, &dugong.Config{Proxy: c.proxy})
		if err == nil {
			c2.Close()
		}
		var e *dugong.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.want) || e.Phase != c.phase || e.Op != "connect" {
			t.Errorf("%v: %v, want %q", c.proxy, err, c.want)
		}
	}
}
