package dugong_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What each party may see of a request through a proxy. The proxy may see its
// own credentials, the server those of the request; nobody on the way to an
// https proxy may see either, nor a SOCKS proxy anything if there is TLS with
// the server.

// tapped records what leaves the client's socket.
type tapped struct {
	net.Conn
	mu  *sync.Mutex
	out *bytes.Buffer
}

func (c tapped) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.out.Write(p)
	c.mu.Unlock()
	return c.Conn.Write(p)
}

// A tap is a Dialer for one connection, and what left through it.
type tap struct {
	mu  sync.Mutex
	out bytes.Buffer
}

func (w *tap) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return tapped{c, &w.mu, &w.out}, nil
}

func (w *tap) octets() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.String()
}

// A proxyWay is a way through a proxy that works, with what may be seen.
type proxyWay struct {
	name, scheme string
	tls          bool // with the server
	script       wiretest.Script
}

// origin plays the server behind the proxy: it must not see what was the proxy's.
func origin(p *wiretest.Peer, proxys bool) {
	q := p.ReadRequest()
	if q.Get("Authorization") != "Bearer "+markHeader || q.Get("Cookie") != "session="+markCookie {
		p.Fatalf("the credentials of the request did not come: %q", q.Raw)
	}
	for _, m := range []string{markProxy, markUserinfo, marks[len(marks)-1], markCustom} {
		if strings.Contains(q.Raw, m) && !proxys {
			p.Fatalf("the server got %s, which was for the proxy: %q", m, q.Raw)
		}
	}
	if proxys != (q.Get("Proxy-Authorization") != "") {
		p.Fatalf("Proxy-Authorization %q", q.Get("Proxy-Authorization"))
	}
	p.Send("HTTP/1.1 204 N\r\n\r\n")
	p.ExpectClosed()
}

// innerTLS plays the server on a TLS connection inside that of the proxy.
func innerTLS(p *wiretest.Peer, mark func(string)) {
	c := tls.Server(p.Conn(), wiretest.ServerTLS(0, 0, "origin.test"))
	c.SetDeadline(time.Now().Add(wiretest.DefaultGuard))
	buf := make([]byte, 8<<10)
	all := ""
	for !strings.HasSuffix(all, "harmless") {
		n, err := c.Read(buf)
		all += string(buf[:n])
		if err != nil {
			p.Fatalf("the request inside: %q, %v", all, err)
		}
	}
	mark(all)
	c.Write([]byte("HTTP/1.1 204 N\r\n\r\n"))
	c.Read(buf)
}

var proxyWays = []proxyWay{
	{"SOCKS5 and TLS", "socks5", true, func(p *wiretest.Peer) {
		talked(p, withLogin...)
		p.StartTLS(wiretest.ServerTLS(0, 0, "origin.test"))
		origin(p, false)
	}},
	{"SOCKS5 in clear", "socks5h", false, func(p *wiretest.Peer) { talked(p, withLogin...); origin(p, false) }},
	{"SOCKS5 that wants no login", "socks5", true, func(p *wiretest.Peer) {
		talked(p, socksHello, socksNoLogin, socksConnect, socksGranted)
		p.StartTLS(wiretest.ServerTLS(0, 0, "origin.test"))
		origin(p, false)
	}},
	{"https in clear behind it", "https", false, func(p *wiretest.Peer) { p.StartTLS(nil); origin(p, true) }},
	{"https and TLS", "https", true, func(p *wiretest.Peer) {
		p.StartTLS(nil)
		q := p.ReadHead()
		if m := q.Get("Proxy-Authorization"); q.Method != "CONNECT" || m != "Basic "+marks[len(marks)-1] || strings.Contains(q.Raw, markHeader) || strings.Contains(q.Raw, markCookie) {
			p.Fatalf("the proxy got %q", q.Raw)
		}
		p.Send(connectOK)
		innerTLS(p, func(all string) {
			if strings.Contains(all, "Proxy-Authorization") || strings.Contains(all, markCustom) || !strings.Contains(all, markHeader) {
				p.Fatalf("the server got %q", all)
			}
		})
	}},
	{"http and TLS", "http", true, func(p *wiretest.Peer) {
		if q := p.ReadHead(); q.Method != "CONNECT" || strings.Contains(q.Raw, markHeader) || strings.Contains(q.Raw, markCookie) {
			p.Fatalf("the proxy got %q", q.Raw)
		}
		p.Send(connectOK)
		p.StartTLS(wiretest.ServerTLS(0, 0, "origin.test"))
		origin(p, false)
	}},
}

// Where the way works, the server gets what is for it and the proxy what is for
// the proxy, the socket shows no more than it must, and a trace shows no
// credentials at all unless it is told to.
func TestSecretsThroughProxies(t *testing.T) {
	for _, w := range proxyWays {
		for _, show := range []bool{false, true} {
			t.Run(w.name, func(t *testing.T) { w.run(t, show) })
		}
	}
	tally(t, "ways through proxies", 2*len(proxyWays))
}

func (w proxyWay) run(t *testing.T, show bool) {
	var seen wireLog
	var wire tap
	srv := wiretest.Serve(t, wiretest.Plain, w.script)
	cfg := dugong.Config{
		Trace: seen.trace, TraceSecrets: show, ProxyTLS: wiretest.ClientTLS(), Dialer: wire.dial,
		Proxy: secretProxy(w.scheme, srv.Addr),
	}
	if w.tls {
		cfg.TLS = wiretest.ClientTLS()
		cfg.ProxyHeader = dugong.Header{{Name: "X-Key", Value: markCustom}}
	}
	r := newRig(t, wiretest.Plain, proxiedOrigin, cfg)
	r.send(secretive("/path"))
	r.read("/path?token="+markQuery, 204)
	r.Close()
	sent, _ := seen.all()
	for _, m := range []string{markHeader, markCookie, marks[len(marks)-1]} {
		basic := m == marks[len(marks)-1]
		if strings.Contains(sent, m) != (show && (!basic || !strings.HasPrefix(w.scheme, "socks"))) {
			t.Errorf("shown: %v, and the trace of %s is %q", show, m, sent)
		}
	}
	if strings.Contains(sent, socksLogin[2:]) || strings.Contains(sent, markUserinfo) {
		t.Errorf("a login of SOCKS5 is in the trace: %q", sent)
	}
	out := wire.octets()
	if clear := strings.Contains(out, markHeader); clear != (!w.tls && w.scheme != "https") {
		t.Errorf("the request in clear: %v", clear)
	}
	if w.scheme == "https" && secretIn(out) != "" {
		t.Errorf("%s is in clear on the way to an https proxy", secretIn(out))
	}
}
