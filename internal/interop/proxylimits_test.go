//go:build interop

package interop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
)

// TestProxyRefusals asks proxies for what they refuse (server rule 12).
func TestProxyRefusals(t *testing.T) {
	for _, c := range []struct {
		sw     *software
		login  *url.Userinfo // a wrong one
		status int           // of the refusal; 0: it has none, as with SOCKS
	}{
		{squid, nil, 403},
		{tinyproxy, url.UserPassword("user", "wrong"), 401}, // it should be 407
		{tinyproxy, nil, 407},
		{microsocks, url.UserPassword("user", "wrong"), 0},
	} {
		t.Run(c.sw.name, func(t *testing.T) {
			c.sw.need(t)
			denying := *c.sw
			denying.start = func(e *env) { e.denies = true; c.sw.start(e) }
			e := newEnv(t, &denying, false)
			e.proxy.User = c.login
			e.refusedTunnel(t, nil, c.status)
			e.halt()
		})
	}
}

// TestProxyBigConnect asks for a tunnel with a request head that is too large.
func TestProxyBigConnect(t *testing.T) {
	for _, c := range []struct {
		sw     *software
		status int
	}{{squid, 431}, {tinyproxy, 400}} {
		t.Run(c.sw.name, func(t *testing.T) {
			c.sw.need(t)
			e := newEnv(t, c.sw, true)
			e.refusedTunnel(t, http.Header{"X-Big": {strings.Repeat("x", c.sw.tooMuch())}}, c.status)
			e.halt()
			if said := e.log(); said != "" {
				t.Errorf("the server behind was asked: %s", said)
			}
		})
	}
}

// refusedTunnel wants the same refusal for a Conn and for the RoundTripper.
func (e *env) refusedTunnel(t *testing.T, h http.Header, status int) {
	g, _ := e.target(modeOf("tls1.3"))
	cfg := &dugong.Config{TLS: g.tls, Proxy: g.proxy, Timeout: inactive}
	for name, values := range h {
		cfg.ProxyHeader = append(cfg.ProxyHeader, dugong.Field{Name: name, Value: values[0]})
	}
	_, err := dugong.Dial(context.Background(), g.addr, cfg)
	var d *dugong.Error
	if !errors.As(err, &d) || d.Kind != dugong.ErrProxyRefused || d.Phase != dugong.PhaseProxy || d.Status != status || dugong.IsTemporary(err) {
		t.Errorf("%v", err)
	}
	tr := &dugonghttp.Transport{TLSClientConfig: g.tls, Proxy: http.ProxyURL(g.proxy), ProxyConnectHeader: h, ResponseHeaderTimeout: guard}
	defer tr.CloseIdleConnections()
	a := &answer{}
	trip(tr, g, post(10), a)
	if a.err == nil || a.attempts != 1 || status != 0 && (a.unsent != 1 || !strings.Contains(a.err.Error(), http.StatusText(status))) {
		t.Errorf("RoundTripper: %+v", a)
	}
	t.Logf("%s: %v; RoundTripper: %v", e.sw.name, err, a.err)
}

// TestProxyFacts measures proxies as TestFacts measures servers.
func TestProxyFacts(t *testing.T) {
	t.Parallel()
	for _, sw := range proxies {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			f := &facts{version: sw.version(), idle: "–", tunnel: "–", header: "–", tooLarge: "–"}
			if sw.lacks["limits"] == "" {
				e := newEnv(t, sw, true)
				m, to := modeOf("plain"), e.site(modeOf("plain"))
				f.idle = e.idles(m)
				f.header = e.tooLarge(request("GET", to+"/f/100.bin", "X-Big: "+strings.Repeat("x", sw.tooMuch())))
				if sw.lacks["limit-body"] == "" {
					f.tooLarge = e.tooLarge(request("PUT", to+"/d/up", fmt.Sprintf("Content-Length: %d", 8*tightBody)) + strings.Repeat("x", 8*tightBody))
				}
				if sw.lacks["tls1.3"] == "" {
					f.tunnel = e.idles(modeOf("tls1.3"))
				}
			}
			results.facts(sw.name, f)
			t.Logf("%+v", *f)
		})
	}
}
