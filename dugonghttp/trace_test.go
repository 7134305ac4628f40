package dugonghttp_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An observer notes what the hooks of net/http/httptrace are told.
type observer struct {
	mu     sync.Mutex
	events []string
	idle   chan struct{} // told by PutIdleConn
}

func (o *observer) note(format string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.events = append(o.events, fmt.Sprintf(format, args...))
}

// trace has all hooks that there are.
func (o *observer) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GetConn: func(addr string) { o.note("GetConn %s", addr) },
		GotConn: func(i httptrace.GotConnInfo) {
			o.note("GotConn reused %v idle %v conn %v", i.Reused, i.WasIdle, i.Conn != nil)
		},
		PutIdleConn: func(err error) {
			o.note("PutIdleConn %v", err == nil)
			o.idle <- struct{}{}
		},
		GotFirstResponseByte: func() { o.note("GotFirstResponseByte") },
		Got100Continue:       func() { o.note("Got100Continue") },
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			o.note("Got1xxResponse %d %v", code, h)
			return nil
		},
		DNSStart:     func(i httptrace.DNSStartInfo) { o.note("DNSStart %s", i.Host) },
		DNSDone:      func(i httptrace.DNSDoneInfo) { o.note("DNSDone %v %v", len(i.Addrs) > 0, i.Err) },
		ConnectStart: func(network, addr string) { o.note("ConnectStart %s", network) },
		ConnectDone: func(network, addr string, err error) {
			o.note("ConnectDone %s %v", network, err == nil)
		},
		TLSHandshakeStart: func() { o.note("TLSHandshakeStart") },
		TLSHandshakeDone: func(s tls.ConnectionState, err error) {
			o.note("TLSHandshakeDone %v %s %v", s.HandshakeComplete, s.ServerName, err)
		},
		WroteHeaderField: func(key string, value []string) {
			if key != "Accept-Encoding" { // its place in the order differs
				o.note("WroteHeaderField %s %q", key, value)
			}
		},
		WroteHeaders:    func() { o.note("WroteHeaders") },
		Wait100Continue: func() { o.note("Wait100Continue") },
		WroteRequest:    func(i httptrace.WroteRequestInfo) { o.note("WroteRequest %v", i.Err) },
	}
}

// All hooks are told what those of net/http's own Transport are told.
func TestTraceHooksAreThoseOfNetHTTP(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/hints" {
			w.Header().Set("Link", "</style>")
			w.WriteHeader(103)
			w.Header().Del("Link")
		}
		io.Copy(io.Discard, r.Body) // a 100 goes out for it
		io.WriteString(w, "hello")
	}))
	srv.StartTLS()
	t.Cleanup(srv.Close)
	url := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	conf := func() *tls.Config {
		c := tlsOf(srv).Clone()
		c.ServerName = "example.com" // whom the certificate is for
		return c
	}
	v4 := func(ctx context.Context, _, addr string) (net.Conn, error) { // one attempt, whatever localhost is
		return new(net.Dialer).DialContext(ctx, "tcp4", addr)
	}
	observe := func(rt http.RoundTripper) (all [][]string) {
		for _, step := range []string{"GET /first", "GET /again", "POST /hints", "POST /small"} {
			method, path, _ := strings.Cut(step, " ")
			var body io.Reader
			if method == "POST" {
				body = strings.NewReader("body")
			}
			o := &observer{idle: make(chan struct{}, 1)}
			req := request(t, method, url+path, body)
			if path == "/hints" {
				req.Header.Set("Expect", "100-continue")
			}
			req.Header.Set("X-Mine", "1")
			req = req.WithContext(httptrace.WithClientTrace(req.Context(), o.trace()))
			if _, text, err := fetch(&http.Client{Transport: rt}, req); text != "hello" || err != nil {
				t.Fatalf("%T: %s: %q, %v", rt, step, text, err)
			}
			<-o.idle
			all = append(all, o.events)
		}
		return all
	}
	std := &http.Transport{TLSClientConfig: conf(), DialContext: v4, ExpectContinueTimeout: wiretest.DefaultGuard}
	ours := &dugonghttp.Transport{TLSClientConfig: conf(), DialContext: v4, ExpectContinueTimeout: wiretest.DefaultGuard}
	want, got := observe(std), observe(ours)
	std.CloseIdleConnections()
	ours.CloseIdleConnections()
	for i := range want {
		slices.Sort(want[i]) // some come from goroutines of their own
		t.Logf("ours: %s", strings.Join(got[i], "; "))
		inOrder(t, got[i], "GetConn", "DNSStart", "DNSDone", "ConnectStart", "ConnectDone", "TLSHandshakeStart", "TLSHandshakeDone",
			"GotConn", "WroteHeaderField", "WroteHeaders", "WroteRequest", "PutIdleConn")
		inOrder(t, got[i], "WroteHeaders", "Wait100Continue", "Got100Continue", "WroteRequest")
		inOrder(t, got[i], "GotFirstResponseByte", "Got1xxResponse", "PutIdleConn")
		slices.Sort(got[i])
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("request %d: told\n%s\nnet/http tells\n%s", i, strings.Join(got[i], "\n"), strings.Join(want[i], "\n"))
		}
	}
}

// inOrder: the kinds of events that there are come in this order.
func inOrder(t *testing.T, events []string, kinds ...string) {
	t.Helper()
	last, at := -1, 0
	for _, kind := range kinds {
		at = slices.IndexFunc(events, func(e string) bool { k, _, _ := strings.Cut(e, " "); return k == kind })
		if at < 0 {
			continue
		}
		if at < last {
			t.Errorf("%s comes too early in %q", kind, events)
		}
		last = at
	}
}

// A hook may refuse a 1xx response; the request fails with its error.
func TestGot1xxResponseRefuses(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.TrySend("HTTP/1.1 103 Early Hints\r\n\r\n", ok("late"))
		p.Drain()
	})
	mine := errors.New("no hints, please")
	req := get(t, "http://"+srv.Addr)
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(int, textproto.MIMEHeader) error { return mine },
	}))
	if _, _, err := fetch(client(t, &dugonghttp.Transport{}), req); !errors.Is(err, mine) {
		t.Errorf("got %v", err)
	}
}

// Failures are told to the hooks too.
func TestTraceOfFailures(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := ln.Addr().String()
	ln.Close()
	srv := wiretest.Setup{Mode: wiretest.TLS, LazyTLS: true, ServerTLS: wiretest.UntrustedTLS()}.Serve(t, func(p *wiretest.Peer) { p.Handshake() })
	for addr, want := range map[string][]string{
		"http://" + nobody:    {"GetConn " + nobody, "ConnectStart tcp", "ConnectDone tcp false"},
		"https://" + srv.Addr: {"GetConn " + srv.Addr, "ConnectStart tcp", "ConnectDone tcp true", "TLSHandshakeStart", "TLSHandshakeDone false  tls: failed"},
	} {
		o := &observer{}
		req := get(t, addr)
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), o.trace()))
		if _, _, err := fetch(client(t, &dugonghttp.Transport{TLSClientConfig: wiretest.ClientTLS()}), req); err == nil {
			t.Fatal("no error")
		}
		if len(o.events) != len(want) {
			t.Fatalf("told %q, want %q", o.events, want)
		}
		for i, e := range o.events {
			if !strings.HasPrefix(e, want[i]) {
				t.Errorf("told %q, want %q", e, want[i])
			}
		}
	}
}
