package dugonghttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

type connectHook = func(ctx context.Context, proxyURL *url.URL, req *http.Request, res *http.Response) error

// byBoth gives net/http's Transport and ours, through a proxy.
func byBoth(proxy string, f connectHook) map[string]http.RoundTripper {
	mine, std := wiretest.ClientTLS(), wiretest.ClientTLS()
	return map[string]http.RoundTripper{
		"net/http": &http.Transport{Proxy: proxyAt(proxy), OnProxyConnectResponse: f, TLSClientConfig: std},
		"ours":     &dugonghttp.Transport{Proxy: proxyAt(proxy), OnProxyConnectResponse: f, TLSClientConfig: mine},
	}
}

// A refused CONNECT is shown to OnProxyConnectResponse whole, whose error, or
// else the reason, is that of the request. The proxy sees nothing but the
// CONNECT, once. All of it is as with net/http.
func TestConnectRefused(t *testing.T) {
	type told struct{ url, method, host, status, field, body string }
	for _, c := range []struct {
		answer string // up to the fields
		status string
		want   string // of the error, where the hook has none
	}{
		{"HTTP/1.1 407 Proxy Authentication Required", "407 Proxy Authentication Required", "Proxy Authentication Required"},
		{"HTTP/1.1 403 Not to this one", "403 Not to this one", "Not to this one"},
		{"HTTP/1.1 404 Not Found", "404 Not Found", "Not Found"},
		{"HTTP/1.1 502 Bad Gateway", "502 Bad Gateway", "Bad Gateway"},
		{"HTTP/1.0 503 Service Unavailable", "503 Service Unavailable", "Service Unavailable"},
		{"HTTP/1.1 599 Odd", "599 Odd", "Odd"},
		{"HTTP/1.1 302 Found", "302 Found", "Found"},
		{"HTTP/1.1 204 No Content", "204 No Content", "No Content"}, // 200 alone opens the tunnel
	} {
		for _, scheme := range []string{"http", "https"} {
			for _, mine := range []error{nil, errors.New("mine")} {
				body := "why not"
				if c.status[0] == '2' {
					body = ""
				}
				proxy := wiretest.Serve(t, wiretest.Mode{TLS: scheme == "https"}, refuses(c.answer, body), refuses(c.answer, body))
				at := scheme + "://me:secret@" + proxy.Addr
				var seen []told
				hook := func(_ context.Context, u *url.URL, req *http.Request, res *http.Response) error {
					b, err := io.ReadAll(io.LimitReader(res.Body, int64(len(body))))
					if err != nil {
						t.Errorf("%s: the body: %v", c.answer, err)
					}
					seen = append(seen, told{u.String(), req.Method, req.Host, res.Status, res.Header.Get("X-Why"), string(b)})
					return mine
				}
				for name, rt := range byBoth(at, hook) {
					name = fmt.Sprintf("%s, %s proxy, hook %v, %s", c.status, scheme, mine, name)
					seen = nil
					up := &countedBody{Reader: strings.NewReader("secret")}
					_, _, err := fetch(&http.Client{Transport: rt}, request(t, "PUT", "https://localhost/in", up))
					if want := (told{at, "CONNECT", "localhost:443", c.status, "because", body}); len(seen) != 1 || seen[0] != want {
						t.Errorf("%s: the hook saw %q, want %q, once", name, seen, want)
					}
					var u *url.Error
					switch {
					case err == nil || !errors.As(err, &u):
						t.Errorf("%s: got %v", name, err)
					case mine != nil && u.Err != mine && !errors.Is(err, mine):
						t.Errorf("%s: got %v, want the hook's error", name, err)
					case mine == nil && !strings.HasPrefix(u.Err.Error(), c.want):
						t.Errorf("%s: got %q, want %q", name, u.Err, c.want)
					case strings.HasSuffix(name, "ours") && dugonghttp.Verdict(err) != dugong.NotProcessed:
						t.Errorf("%s: %v", name, dugonghttp.Verdict(err))
					}
					if up.read.Load() || !up.closed.Load() {
						t.Errorf("%s: the body of the request was read: %v, closed: %v", name, up.read.Load(), up.closed.Load())
					}
				}
			}
		}
	}
}

// refuses answers a CONNECT with what is no tunnel, and then takes no octet
// more.
func refuses(answer, body string) wiretest.Script {
	return func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Method != "CONNECT" || r.Target != "localhost:443" || strings.Contains(r.Raw, "/in") {
			p.Fatalf("got %q", r.Raw)
		}
		length := fmt.Sprintf("Content-Length: %d\r\n", len(body))
		if body == "" {
			length = ""
		}
		p.Send(answer + "\r\nX-Why: because\r\n" + length + "\r\n" + body)
		p.ExpectClosed()
	}
}

// TestConnectCutOff: a proxy that has enough of a long CONNECT answers and
// closes before it has taken all of it. Its refusal is the error; an opened
// tunnel that nobody asked for in full is none.
func TestConnectCutOff(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		for answer, want := range map[string]string{
			"HTTP/1.1 431 Request Header Fields Too Large": "Request Header Fields Too Large",
			"HTTP/1.1 200 OK": "",
		} {
			proxy := wiretest.Serve(t, wiretest.Mode{TLS: scheme == "https"}, func(p *wiretest.Peer) {
				p.Read(100)
				p.Send(answer + "\r\n\r\n")
				p.CloseAbruptly()
			})
			tr := &dugonghttp.Transport{
				Proxy:              proxyAt(scheme + "://" + proxy.Addr),
				TLSClientConfig:    wiretest.ClientTLS(),
				ProxyConnectHeader: http.Header{"X-Big": {strings.Repeat("x", 16<<20)}},
			}
			up := &countedBody{Reader: strings.NewReader("secret")}
			_, _, err := fetch(&http.Client{Transport: tr}, request(t, "PUT", "https://localhost/in", up))
			if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "EOF") || dugonghttp.Verdict(err) != dugong.NotProcessed {
				t.Errorf("%s proxy, %s: %v", scheme, answer, err)
			}
			if up.read.Load() || !up.closed.Load() {
				t.Errorf("%s proxy, %s: the body was read: %v, closed: %v", scheme, answer, up.read.Load(), up.closed.Load())
			}
		}
	}
}

// takesNothing connects to a proxy that takes nothing (a unix socket can do
// that); behave gets its end of the connection.
func takesNothing(t *testing.T, behave func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, "unix", ln.Addr().String())
		if err != nil {
			return nil, err
		}
		there, err := ln.AcceptUnix()
		if err == nil {
			t.Cleanup(func() { there.Close() })
			err = there.CloseRead()
			behave(there)
		}
		return c, err
	}
}

// TestConnectTakesNothing: a proxy that takes nothing and says nothing. No
// answer is awaited to what was not sent.
func TestConnectTakesNothing(t *testing.T) {
	tr := &dugonghttp.Transport{
		Proxy:           proxyAt("http://proxy.test"),
		TLSClientConfig: wiretest.ClientTLS(),
		DialContext:     takesNothing(t, func(net.Conn) {}),
	}
	ctx, cancel := context.WithTimeout(t.Context(), wiretest.DefaultGuard)
	defer cancel()
	_, _, err := fetch(&http.Client{Transport: tr}, get(t, "https://localhost/").WithContext(ctx))
	if !errors.Is(err, syscall.EPIPE) || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("%v, want the end of the sending", err)
	}
}

// TestConnectRefusedSlowly: the short wait for a refusal of what was not sent is
// for its head; the hook takes its time for the body.
func TestConnectRefusedSlowly(t *testing.T) {
	rest := make(chan func())
	tr := &dugonghttp.Transport{
		Proxy:           proxyAt("http://proxy.test"),
		TLSClientConfig: wiretest.ClientTLS(),
		DialContext: takesNothing(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 403 No\r\nContent-Length: 20\r\n\r\nhalf of it")
			go func() { rest <- func() { io.WriteString(c, ", and half") } }()
		}),
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			send := <-rest
			time.AfterFunc(300*time.Millisecond, send) // three times that wait
			if b, err := io.ReadAll(resp.Body); string(b) != "half of it, and half" || err != nil {
				t.Errorf("the hook read %q, %v", b, err)
			}
			return nil
		},
	}
	_, _, err := fetch(&http.Client{Transport: tr}, get(t, "https://localhost/"))
	if err == nil || !strings.Contains(err.Error(), ": No (") || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("%v", err)
	}
}

// A countedBody says whether somebody read or closed it.
type countedBody struct {
	io.Reader
	read, closed atomic.Bool
}

func (b *countedBody) Read(p []byte) (int, error) {
	b.read.Store(true)
	return b.Reader.Read(p)
}

func (b *countedBody) Close() error {
	b.closed.Store(true)
	return nil
}

// An error of the hook ends the request also where the proxy has opened the
// tunnel: nothing goes into it.
func TestConnectOpenedAndRefusedByHook(t *testing.T) {
	mine := errors.New("mine")
	hook := func(context.Context, *url.URL, *http.Request, *http.Response) error { return mine }
	proxy := wiretest.Serve(t, wiretest.Plain, refuses("HTTP/1.1 200 Connection established", ""), refuses("HTTP/1.1 200 Connection established", ""))
	for name, rt := range byBoth("http://"+proxy.Addr, hook) {
		if _, _, err := fetch(&http.Client{Transport: rt}, get(t, "https://localhost/in")); !errors.Is(err, mine) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// An answer that is none is no refusal, and the hook is not asked.
func TestConnectAnswerIsNone(t *testing.T) {
	for _, answer := range []string{"", "HTTP/1.1 40", "SSH-2.0-x\r\n\r\n", "HTTP/1.1 407 No\r\nA B: c\r\n"} {
		script := func(p *wiretest.Peer) {
			p.ReadRequest()
			if answer != "" {
				p.Send(answer)
			}
			p.CloseWrite()
			p.ExpectClosed()
		}
		proxy := wiretest.Serve(t, wiretest.Plain, script, script)
		hook := func(context.Context, *url.URL, *http.Request, *http.Response) error {
			t.Errorf("%q: the hook is asked", answer)
			return nil
		}
		for name, rt := range byBoth("http://"+proxy.Addr, hook) {
			_, _, err := fetch(&http.Client{Transport: rt}, get(t, "https://localhost/in"))
			if err == nil || name == "ours" && dugonghttp.Verdict(err) != dugong.NotProcessed {
				t.Errorf("%q, %s: got %v, %v", answer, name, err, dugonghttp.Verdict(err))
			}
		}
	}
}
