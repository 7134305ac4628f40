package dugonghttp_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Whoever says nothing on the way to a connection, a proxy or a server: the
// request can be cancelled, and takes what was made for it with it. Nothing of
// it was sent, and it is not tried again.
func TestCancelWhileConnecting(t *testing.T) {
	silent := func(p *wiretest.Peer) { p.Drain() }
	for _, c := range []struct {
		what, proxy, url string
		script           wiretest.Script
	}{
		{"CONNECT", "http://proxy.example:3128", "https://h.example/", silent},
		{"half an answer to CONNECT", "http://proxy.example:3128", "https://h.example/", func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nX-Half: ")
			p.Drain()
		}},
		{"TLS of a proxy", "https://proxy.example:3128", "https://h.example/", silent},
		{"TLS of a proxy, plain request", "https://proxy.example:3128", "http://h.example/", silent},
		{"TLS behind a proxy", "http://proxy.example:3128", "https://h.example/", func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\n\r\n")
			p.Drain()
		}},
		{"SOCKS5", "socks5://proxy.example:1080", "http://h.example/", silent},
		{"SOCKS5, half way", "socks5://proxy.example:1080", "https://h.example/", func(p *wiretest.Peer) {
			p.Expect("\x05\x01\x00")
			p.Send("\x05\x00")
			p.Drain()
		}},
		{"TLS of the server", "", "https://h.example/", silent},
	} {
		n := &network{scripts: []wiretest.Script{c.script}}
		tr := &dugonghttp.Transport{TLSClientConfig: wiretest.ClientTLS()}
		if c.proxy != "" {
			tr.Proxy = proxyAt(c.proxy)
		}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b.send(get(t, c.url).WithContext(ctx))
			<-time.After(time.Second)
			if open, _ := n.conns(); open != 1 {
				t.Errorf("%s: %d connections are open, want the one that is being made", c.what, open)
			}
			start := time.Now()
			cancel()
			synctest.Wait()
			err := b.all()["/"].err
			if !errors.Is(err, context.Canceled) || dugonghttp.Verdict(err) != dugong.NotProcessed || time.Since(start) != 0 {
				t.Errorf("%s: after %v: %v, %v", c.what, time.Since(start), err, dugonghttp.Verdict(err))
			}
			if open, all := n.conns(); open != 0 || all != 1 {
				t.Errorf("%s: %d of %d connections are open", c.what, open, all)
			}
			if o := tr.Origins(); len(o) != 1 || o[0].Conns != 0 {
				t.Errorf("%s: counted is %+v", c.what, o)
			}
		})
	}
}

// The answer to CONNECT has a minute, as in net/http, and TLSHandshakeTimeout
// holds for a proxy too.
func TestProxyTakesTooLong(t *testing.T) {
	for proxy, most := range map[string]time.Duration{"http://proxy.example:3128": time.Minute, "https://proxy.example:3128": 10 * time.Second} {
		n := &network{rest: func(p *wiretest.Peer) { p.Drain() }}
		tr := &dugonghttp.Transport{Proxy: proxyAt(proxy), TLSHandshakeTimeout: 10 * time.Second}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			start := time.Now()
			_, _, err := fetch(b.c, get(t, "https://h.example/"))
			var ne interface{ Timeout() bool }
			if d := time.Since(start); d != most || !errors.As(err, &ne) || !ne.Timeout() || dugonghttp.Verdict(err) != dugong.NotProcessed {
				t.Errorf("%s: after %v: %v, %v; want a timeout after %v", proxy, d, err, dugonghttp.Verdict(err), most)
			}
		})
	}
}
