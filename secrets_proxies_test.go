package dugong_test

import (
	"context"
	"crypto/tls"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Messages of SOCKS5 (RFC 1928, RFC 1929).
const (
	socksHello    = "\x05\x02\x00\x02" // no login, or one
	socksByLogin  = "\x05\x02"
	socksNoLogin  = "\x05\x00"
	socksLogin    = "\x01\x0a" + markUserinfo + "\x0b" + markProxy
	socksLoginOK  = "\x01\x00"
	socksConnect  = "\x05\x01\x00\x03\x0borigin.test\x11\x51"
	socksGranted  = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
	socksRefused  = "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"
	proxiedOrigin = "origin.test:4433"
)

// talked is a script of turns: what is expected, what is said to it.
func talked(p *wiretest.Peer, turns ...string) {
	for i := 0; i+1 < len(turns); i += 2 {
		p.Expect(turns[i])
		p.Send(turns[i+1])
	}
}

// A proxyFailure is a way through a proxy that fails.
type proxyFailure struct {
	name   string
	scheme string
	kind   error
	phase  dugong.Phase
	login  bool // the proxy must have seen its credentials; else it must not
	script func(p *wiretest.Peer, log func(string))
	change func(cfg *dugong.Config)
}

// socksThen talks SOCKS5 by turns and logs what comes then.
func socksThen(then func(*wiretest.Peer, func(string)), turns ...string) func(*wiretest.Peer, func(string)) {
	return func(p *wiretest.Peer, log func(string)) {
		talked(p, turns...)
		then(p, log)
	}
}

// gone closes at once.
func gone(*wiretest.Peer, func(string)) {}

var withLogin = []string{socksHello, socksByLogin, socksLogin, socksLoginOK, socksConnect, socksGranted}

var socksFailures = []proxyFailure{
	{"ends at once", "socks5", dugong.ErrConnectFailed, dugong.PhaseProxy, false, func(p *wiretest.Peer, _ func(string)) { p.Expect(socksHello) }, nil},
	{"an HTTP server", "socks5", dugong.ErrInvalidResponse, dugong.PhaseProxy, false, socksThen(drainRaw, socksHello, "HTTP/1.1 400 Bad Request\r\n\r\n"), nil},
	{"no method", "socks5", dugong.ErrProxyRefused, dugong.PhaseProxy, false, socksThen(drainRaw, socksHello, "\x05\xff"), nil},
	{"a method not offered", "socks5", dugong.ErrInvalidResponse, dugong.PhaseProxy, false, socksThen(drainRaw, socksHello, "\x05\x01"), nil},
	{"no login wanted, refused", "socks5", dugong.ErrProxyRefused, dugong.PhaseProxy, false, socksThen(drainRaw, socksHello, socksNoLogin, socksConnect, socksRefused), nil},
	{"ends after the login", "socks5", dugong.ErrConnectFailed, dugong.PhaseProxy, true, socksThen(func(p *wiretest.Peer, _ func(string)) { p.Expect(socksLogin) }, socksHello, socksByLogin), nil},
	{"wrong login", "socks5h", dugong.ErrProxyRefused, dugong.PhaseProxy, true, socksThen(drainRaw, socksHello, socksByLogin, socksLogin, "\x01\x01"), nil},
	{"an echo of the login", "socks5", dugong.ErrInvalidResponse, dugong.PhaseProxy, true, socksThen(drainRaw, socksHello, socksByLogin, socksLogin, socksLogin[2:]), nil},
	{"an echo as the reply", "socks5", dugong.ErrInvalidResponse, dugong.PhaseProxy, true, socksThen(drainRaw, socksHello, socksByLogin, socksLogin, socksLoginOK, socksConnect, socksLogin), nil},
	{"refused", "socks5h", dugong.ErrProxyRefused, dugong.PhaseProxy, true, socksThen(drainRaw, socksHello, socksByLogin, socksLogin, socksLoginOK, socksConnect, socksRefused), nil},
	{"granted, then end", "socks5", dugong.ErrConnectFailed, dugong.PhaseTLS, true, socksThen(gone, withLogin...), nil},
	{"granted, then plain text", "socks5", dugong.ErrTLS, dugong.PhaseTLS, true, socksThen(func(p *wiretest.Peer, log func(string)) {
		log(p.Read(5))
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		drainRaw(p, log)
	}, withLogin...), nil},
	{"granted, then untrusted", "socks5h", dugong.ErrTLS, dugong.PhaseTLS, true, socksThen(badTLS(wiretest.UntrustedTLS), withLogin...), nil},
	{"granted, then another name", "socks5", dugong.ErrTLS, dugong.PhaseTLS, true, socksThen(badTLS(func() *tls.Config { return wiretest.OtherNameTLS("other.test") }), withLogin...), nil},
	{"granted, then ALPN h2", "socks5", dugong.ErrTLS, dugong.PhaseTLS, true, socksThen(badTLS(originH2), withLogin...), offerH2},
}

func originH2() *tls.Config {
	cfg := wiretest.ServerTLS(0, 0, "origin.test")
	cfg.NextProtos = []string{"h2"}
	return cfg
}

// sealedThen answers a CONNECT inside the proxy's TLS.
func sealedThen(answer string, then func(*wiretest.Peer, func(string))) func(*wiretest.Peer, func(string)) {
	inner := tunnelThen(answer, then)
	return func(p *wiretest.Peer, log func(string)) {
		p.StartTLS(nil)
		inner(p, log)
	}
}

var httpsFailures = []proxyFailure{
	{"untrusted proxy", "https", dugong.ErrTLS, dugong.PhaseTLS, false, badTLS(wiretest.UntrustedTLS), nil},
	{"expired proxy", "https", dugong.ErrTLS, dugong.PhaseTLS, false, badTLS(wiretest.ExpiredTLS), nil},
	{"proxy of another name", "https", dugong.ErrTLS, dugong.PhaseTLS, false, badTLS(func() *tls.Config { return wiretest.OtherNameTLS("other.test") }), nil},
	{"proxy too old", "https", dugong.ErrTLS, dugong.PhaseTLS, false, badTLS(oldTLS), nil},
	{"proxy in clear text", "https", dugong.ErrTLS, dugong.PhaseTLS, false, func(p *wiretest.Peer, log func(string)) {
		log(p.Read(5))
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		drainRaw(p, log)
	}, nil},
	{"proxy without TLS roots", "https", dugong.ErrTLS, dugong.PhaseTLS, false, badTLS(func() *tls.Config { return wiretest.ServerTLS(0, 0) }), func(cfg *dugong.Config) { cfg.ProxyTLS = nil }},
	{"end in the proxy's handshake", "https", dugong.ErrConnectFailed, dugong.PhaseTLS, false, func(p *wiretest.Peer, log func(string)) { log(p.Read(5)) }, nil},
	{"CONNECT 407", "https", dugong.ErrProxyRefused, dugong.PhaseProxy, true, sealedThen("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", drainRaw), nil},
	{"CONNECT, garbage", "https", dugong.ErrInvalidResponse, dugong.PhaseProxy, true, sealedThen("SSH-2.0-OpenSSH\r\n", drainRaw), nil},
	{"CONNECT, end", "https", dugong.ErrConnectFailed, dugong.PhaseProxy, true, sealedThen("", nil), nil},
	{"CONNECT, octets too early", "https", dugong.ErrInvalidResponse, dugong.PhaseProxy, true, sealedThen(connectOK+"\x16", drainRaw), nil},
	{"tunnel, end", "https", dugong.ErrConnectFailed, dugong.PhaseTLS, true, sealedThen(connectOK, nil), nil},
	{"tunnel, plain text", "https", dugong.ErrTLS, dugong.PhaseTLS, true, sealedThen(connectOK, func(p *wiretest.Peer, log func(string)) {
		p.Read(5)
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		drainRaw(p, log)
	}), nil},
	{"tunnel, untrusted", "https", dugong.ErrTLS, dugong.PhaseTLS, true, sealedThen(connectOK, badTLS(wiretest.UntrustedTLS)), nil},
	{"tunnel, the proxy's own certificate", "https", dugong.ErrTLS, dugong.PhaseTLS, true, sealedThen(connectOK, badTLS(func() *tls.Config { return wiretest.ServerTLS(0, 0) })), nil},
	{"tunnel, ALPN h2", "https", dugong.ErrTLS, dugong.PhaseTLS, true, sealedThen(connectOK, badTLS(originH2)), offerH2},
}

// When the way through a proxy fails at any step, no octet of the request has
// left the socket, in clear or sealed; credentials were shown to the proxy only
// where it had proved who it is and asked for them.
func TestSecretsWhenProxiesFail(t *testing.T) {
	for _, list := range [][]proxyFailure{socksFailures, httpsFailures} {
		for _, w := range list {
			t.Run(w.scheme+"/"+w.name, func(t *testing.T) { w.run(t) })
		}
		tally(t, "failures of connecting through "+list[0].scheme+" proxies", len(list))
	}
}

func (w proxyFailure) run(t *testing.T) {
	var shown wireLog
	var wire tap
	got := make(chan string, 1)
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		var all strings.Builder
		defer func() { got <- all.String() }()
		w.script(p, func(s string) { all.WriteString(s) })
	})
	cfg := &dugong.Config{
		Trace: shown.trace, TraceSecrets: true, TLS: wiretest.ClientTLS(), ProxyTLS: wiretest.ClientTLS(), Timeout: wiretest.DefaultGuard,
		Proxy: secretProxy(w.scheme, srv.Addr), ProxyHeader: dugong.Header{{Name: "X-Key", Value: markCustom}}, Dialer: wire.dial,
	}
	if w.change != nil {
		w.change(cfg)
	}
	c, err := dugong.New(proxiedOrigin, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.SendRequest(context.Background(), secretive("/path"))
	e := asError(t, w.name, err)
	if e.Kind != w.kind || e.Phase != w.phase {
		t.Errorf("%v: kind %v, phase %s, want %v, %s", e, e.Kind, e.Phase, w.kind, w.phase)
	}
	checkTexts(t, w.name, err)
	if left := c.Unanswered(); len(left) > 0 {
		t.Errorf("unanswered %+v", left)
	}
	sent, _ := shown.all()
	for who, text := range map[string]string{"trace": sent, "socket": wire.octets(), "proxy": <-got} {
		for _, part := range []string{markHeader, markCookie, markQuery, "POST ", "harmless"} {
			if strings.Contains(text, part) {
				t.Errorf("the %s saw %q of the request: %q", who, part, text)
			}
		}
	}
	w.credentials(t, wire.octets(), sent)
}

// credentials checks who has seen those of the proxy.
func (w proxyFailure) credentials(t *testing.T, wire, trace string) {
	if w.scheme == "https" {
		if m := secretIn(wire); m != "" || strings.Contains(wire, "CONNECT") {
			t.Errorf("on the way to an https proxy %q is in clear", m)
		}
		if strings.Contains(trace, "Proxy-Authorization: Basic ") != w.login || strings.Contains(trace, markCustom) != w.login {
			t.Errorf("credentials inside the proxy's TLS: want %v, trace %q", w.login, trace)
		}
		return
	}
	if strings.Contains(wire, socksLogin) != w.login || strings.Count(wire, markProxy) > 1 || strings.Contains(wire, markCustom) {
		t.Errorf("a login on the wire: want %v, once, and no ProxyHeader: %q", w.login, wire)
	}
}
