package dugong_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Each secret is marked, so that one search finds any of them in any form.
const (
	markHeader   = "sEcReThEaDeR"
	markCookie   = "sEcReTcOoKiE"
	markQuery    = "sEcReTqUeRy"
	markProxy    = "sEcReTpRoXy"
	markUserinfo = "sEcReTuSeR"
	markCustom   = "sEcReTpRoXyHeAdEr"
)

// marks are the secrets as they are, and as Basic authentication spells those
// of the proxy.
var marks = []string{
	markHeader, markCookie, markQuery, markProxy, markUserinfo, markCustom,
	base64.StdEncoding.EncodeToString([]byte(markUserinfo + ":" + markProxy)),
}

// secretIn gives the first secret in a text, "" if there is none.
func secretIn(text string) string {
	for _, m := range marks {
		if strings.Contains(text, m) || strings.Contains(strings.ToLower(text), strings.ToLower(m)) {
			return m
		}
	}
	return ""
}

// secretive is a request with secrets everywhere.
func secretive(path string) *dugong.Request {
	return &dugong.Request{Method: "POST", Path: path + "?token=" + markQuery, Body: dugong.BodyBytes([]byte("harmless")), Header: dugong.Header{
		{Name: "Authorization", Value: "Bearer " + markHeader}, {Name: "Cookie", Value: "session=" + markCookie},
	}}
}

// secretProxy is a proxy whose URL holds credentials.
func secretProxy(scheme, addr string) *url.URL {
	return &url.URL{Scheme: scheme, Host: addr, User: url.UserPassword(markUserinfo, markProxy)}
}

// checkTexts looks at all that an error says, however it is printed.
func checkTexts(t *testing.T, what string, err error) {
	t.Helper()
	for i := 0; err != nil; i++ {
		texts := []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%v", err), fmt.Sprintf("%q", err)}
		var e *dugong.Error
		if errors.As(err, &e) {
			texts = append(texts, e.Detail, e.Addr, e.Path, e.Method, fmt.Sprintf("%+v", *e), fmt.Sprintf("%#v", *e))
		}
		for _, text := range texts {
			if m := secretIn(text); m != "" {
				t.Errorf("%s: the error shows %s: %s", what, m, text)
			}
		}
		switch u := err.(type) { // the causes have texts of their own
		case interface{ Unwrap() []error }:
			if list := u.Unwrap(); len(list) > 1 {
				err = list[1]
			} else {
				err = nil
			}
		default:
			err = errors.Unwrap(err)
		}
	}
}

// A wireLog gathers what a Trace sees, sent and received.
type wireLog struct {
	mu             sync.Mutex
	sent, received bytes.Buffer
}

func (w *wireLog) trace(e dugong.TraceEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if e.Sent {
		w.sent.Write(e.Data)
	} else {
		w.received.Write(e.Data)
	}
}

func (w *wireLog) all() (sent, received string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sent.String(), w.received.String()
}

// A brokenWay is a step of connecting that fails.
type brokenWay struct {
	name  string
	kind  error
	phase dugong.Phase
	proxy string // scheme, "" for none
	// script gets what the peer may look at: log takes all clear text that came.
	script func(p *wiretest.Peer, log func(string))
	change func(cfg *dugong.Config)
}

const connectOK = "HTTP/1.1 200 Connected\r\n\r\n"

// tunnelThen answers CONNECT and goes on with the script behind it.
func tunnelThen(answer string, then func(p *wiretest.Peer, log func(string))) func(*wiretest.Peer, func(string)) {
	return func(p *wiretest.Peer, log func(string)) {
		log(p.ReadHead().Raw)
		if answer != "" {
			p.Send(answer)
		}
		if then != nil {
			then(p, log)
		}
	}
}

// drainRaw takes what still comes below TLS and logs it.
func drainRaw(p *wiretest.Peer, log func(string)) {
	p.Conn().SetReadDeadline(time.Now().Add(wiretest.DefaultGuard))
	buf := make([]byte, 4096)
	for {
		n, err := p.Conn().Read(buf)
		log(string(buf[:n]))
		if err != nil {
			return
		}
	}
}

// badTLS does a handshake by cfg which the client is to refuse, and logs what
// came through it all the same.
func badTLS(cfg func() *tls.Config) func(*wiretest.Peer, func(string)) {
	return func(p *wiretest.Peer, log func(string)) {
		c := tls.Server(p.Conn(), cfg())
		c.SetDeadline(time.Now().Add(wiretest.DefaultGuard))
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			log(string(buf[:n]))
			if err != nil {
				return
			}
		}
	}
}

func otherProtocol() *tls.Config {
	cfg := wiretest.ServerTLS(0, 0)
	cfg.NextProtos = []string{"h2"}
	return cfg
}

func oldTLS() *tls.Config { return wiretest.ServerTLS(tls.VersionTLS10, tls.VersionTLS11) }

func offerH2(cfg *dugong.Config) { cfg.TLS.NextProtos = []string{"h2", "http/1.1"} }

var brokenWays = []brokenWay{
	{"CONNECT 407", dugong.ErrProxyRefused, dugong.PhaseProxy, "http", tunnelThen("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n", drainRaw), nil},
	{"CONNECT 403 that closes", dugong.ErrProxyRefused, dugong.PhaseProxy, "http", tunnelThen("HTTP/1.1 403 No\r\nConnection: close\r\n\r\n", nil), nil},
	{"CONNECT, an echo as the reason", dugong.ErrProxyRefused, dugong.PhaseProxy, "http", func(p *wiretest.Peer, log func(string)) {
		q := p.ReadHead()
		log(q.Raw)
		p.Send("HTTP/1.1 400 Bad " + q.Get("Proxy-Authorization") + "\r\nContent-Length: 0\r\n\r\n")
		drainRaw(p, log)
	}, nil},
	{"CONNECT, garbage", dugong.ErrInvalidResponse, dugong.PhaseProxy, "http", tunnelThen("SSH-2.0-OpenSSH\r\n", drainRaw), nil},
	{"CONNECT, an echo of the request", dugong.ErrInvalidResponse, dugong.PhaseProxy, "http", func(p *wiretest.Peer, log func(string)) {
		q := p.ReadHead()
		log(q.Raw)
		p.Send(q.Get("Proxy-Authorization") + "\r\n\r\n")
		drainRaw(p, log)
	}, nil},
	{"CONNECT, end", dugong.ErrConnectFailed, dugong.PhaseProxy, "http", tunnelThen("", nil), nil},
	{"CONNECT, end inside the answer", dugong.ErrConnectFailed, dugong.PhaseProxy, "http", tunnelThen("HTTP/1.1 200 OK\r\nA: ", nil), nil},
	{"tunnel, end", dugong.ErrConnectFailed, dugong.PhaseTLS, "http", tunnelThen(connectOK, nil), nil},
	{"tunnel, plain text", dugong.ErrTLS, dugong.PhaseTLS, "http", tunnelThen(connectOK, func(p *wiretest.Peer, log func(string)) {
		p.Read(5) // of the ClientHello
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		drainRaw(p, log)
	}), nil},
	{"tunnel, untrusted", dugong.ErrTLS, dugong.PhaseTLS, "http", tunnelThen(connectOK, badTLS(wiretest.UntrustedTLS)), nil},
	{"untrusted certificate", dugong.ErrTLS, dugong.PhaseTLS, "", badTLS(wiretest.UntrustedTLS), nil},
	{"expired certificate", dugong.ErrTLS, dugong.PhaseTLS, "", badTLS(wiretest.ExpiredTLS), nil},
	{"certificate for another name", dugong.ErrTLS, dugong.PhaseTLS, "", badTLS(func() *tls.Config { return wiretest.OtherNameTLS("other.test") }), nil},
	{"ALPN h2", dugong.ErrTLS, dugong.PhaseTLS, "", badTLS(otherProtocol), offerH2},
	{"TLS too old", dugong.ErrTLS, dugong.PhaseTLS, "", badTLS(oldTLS), nil},
	{"plain HTTP on the port", dugong.ErrTLS, dugong.PhaseTLS, "", func(p *wiretest.Peer, log func(string)) {
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		drainRaw(p, log)
	}, nil},
	{"end in the handshake", dugong.ErrConnectFailed, dugong.PhaseTLS, "", func(p *wiretest.Peer, log func(string)) { log(p.Read(5)) }, nil},
}

// When a step of connecting fails, no octet of the request has reached the wire:
// neither the trace nor the peer has seen one.
func TestSecretsWhenConnectingFails(t *testing.T) {
	for _, w := range brokenWays {
		t.Run(w.name, func(t *testing.T) { eachWait(t, w.run) })
	}
	tally(t, "failures of connecting", len(wiretest.Waits())*len(brokenWays))
}

func (w brokenWay) run(t *testing.T, m wiretest.Mode) {
	var seen wireLog
	got := make(chan string, 1)
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		var all strings.Builder
		defer func() { got <- all.String() }()
		w.script(p, func(s string) { all.WriteString(s) })
	})
	cfg := &dugong.Config{Trace: seen.trace, TraceSecrets: true, TLS: wiretest.ClientTLS(), Timeout: wiretest.DefaultGuard}
	addr := srv.Addr
	if w.proxy != "" {
		cfg.Proxy = secretProxy(w.proxy, addr)
		cfg.ProxyHeader = dugong.Header{{Name: "X-Key", Value: markCustom}}
		addr = "localhost:4433"
	}
	if w.change != nil {
		w.change(cfg)
	}
	c, err := dugong.New(addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = c.SendRequest(m.Ctx(t), secretive("/path"))
	e := asError(t, w.name, err)
	if e.Kind != w.kind || e.Phase != w.phase {
		t.Errorf("%v: kind %v, phase %s, want %v, %s", e, e.Kind, e.Phase, w.kind, w.phase)
	}
	checkTexts(t, w.name, err)
	if left := c.Unanswered(); len(left) > 0 {
		t.Errorf("unanswered %+v", left)
	}
	sent, _ := seen.all()
	for who, text := range map[string]string{"trace": sent, "peer": <-got} {
		for _, part := range []string{markHeader, markCookie, markQuery, "POST ", "harmless"} {
			if strings.Contains(text, part) {
				t.Errorf("the %s saw %q of the request: %q", who, part, text)
			}
		}
		if want := w.proxy != ""; who == "trace" && strings.HasPrefix(text, "CONNECT ") != want {
			t.Errorf("the trace has %q", text)
		}
	}
}

// A trace masks the secret fields of both directions unless it is told not to,
// in whatever pieces they come and in whatever case they are spelt.
func TestSecretsInTrace(t *testing.T) {
	for _, show := range []bool{false, true} {
		for _, slowly := range []bool{false, true} {
			var seen wireLog
			both(t, dugong.Config{Trace: seen.trace, TraceSecrets: show}, func(r *rig) {
				seen = wireLog{}
				r.send(&dugong.Request{Path: "/", Header: dugong.Header{
					{Name: "authorization", Value: markHeader}, {Name: "COOKIE", Value: markCookie}, {Name: "Proxy-Authorization", Value: markProxy}, {Name: "X", Value: "visible"},
				}})
				r.wantBody(r.read("/", 200), []byte("visible too"))
				sent, received := seen.all()
				if !strings.Contains(sent, "visible") || !strings.Contains(received, "visible too") || !strings.Contains(strings.ToLower(sent), "cookie:") {
					t.Errorf("too much is masked: %q, %q", sent, received)
				}
				for _, m := range []string{markHeader, markCookie, markProxy} {
					if strings.Contains(sent, m) != show {
						t.Errorf("shown: %v, and the trace of what was sent is %q", show, sent)
					}
				}
				if strings.Contains(received, markCustom) != show || strings.Contains(received, markCookie) != show {
					t.Errorf("shown: %v, and the trace of what was received is %q", show, received)
				}
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				text := "HTTP/1.1 200 OK\r\nSet-Cookie: a=" + markCookie + "\r\nX: visible\r\nsEt-cOoKiE:b=" + markCustom + "\r\nContent-Length: 11\r\n\r\nvisible too"
				if slowly {
					p.SendSlowly(text)
				} else {
					p.Send(text)
				}
				p.ExpectClosed()
			})
		}
	}
	tally(t, "traces", 8)
}

// The secrets of a proxy are masked in CONNECT and in requests through it.
func TestSecretsInTraceOfProxy(t *testing.T) {
	eachWait(t, secretsInTraceOfProxy)
	tally(t, "traces", 2*len(wiretest.Waits()))
}

func secretsInTraceOfProxy(t *testing.T, m wiretest.Mode) {
	var seen wireLog
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		if q := p.ReadRequest(); q.Get("Proxy-Authorization") == "" {
			p.Fatalf("no credentials for the proxy")
		}
		p.Send(ok([]byte("x")))
		p.ExpectClosed()
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
		p.ExpectClosed()
	})
	for _, tlsToo := range []bool{false, true} {
		cfg := dugong.Config{Trace: seen.trace, Proxy: secretProxy("http", srv.Addr)}
		if tlsToo {
			cfg.TLS = wiretest.ClientTLS()
		}
		r := newRig(t, m, "origin.test", cfg)
		err := r.SendRequest(r.ctx, get("/"))
		if err == nil {
			_, err = r.ReadResponse(r.ctx)
		}
		checkTexts(t, "through a proxy", err)
		r.Close()
	}
	if sent, _ := seen.all(); secretIn(sent) != "" || strings.Count(sent, "Proxy-Authorization:") != 2 {
		t.Errorf("the trace is %q", sent)
	}
}

// refusing is a Dialer that fails, with a text of its own.
func refusing(context.Context, string, string) (net.Conn, error) {
	return nil, &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("refused")}
}
