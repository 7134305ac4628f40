package dugonghttp_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func proxyAt(u string) func(*http.Request) (*url.URL, error) {
	return func(*http.Request) (*url.URL, error) { return url.Parse(u) }
}

// Plain requests go to an HTTP proxy in absolute-form, with its credentials,
// and those for several servers share its connection.
func TestPlainProxy(t *testing.T) {
	proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		for _, host := range []string{"one.example", "two.example:81"} {
			r := p.ReadRequest()
			login := "Basic " + base64.StdEncoding.EncodeToString([]byte("me:secret"))
			if r.Target != "http://"+host+"/x?y" || r.Get("Host") != host || r.Get("Proxy-Authorization") != login {
				p.Fatalf("got %q", r.Raw)
			}
			p.Send(ok(host))
		}
		p.ExpectClosed()
	})
	tr := &dugonghttp.Transport{Proxy: proxyAt("http://me:secret@" + proxy.Addr)}
	c := client(t, tr)
	for _, host := range []string{"one.example", "two.example:81"} {
		if _, body, err := fetch(c, get(t, "http://"+host+"/x?y")); body != host || err != nil {
			t.Fatal(body, err)
		}
	}
	if o := tr.Origins(); len(o) != 1 || o[0].Proxy != "http://"+proxy.Addr {
		t.Errorf("origins %+v; want one, and no credentials in it", o)
	}
	c.CloseIdleConnections()
}

// connectProxy answers one CONNECT as answer says and then speaks TLS with a
// server behind it, if it is a 200.
func connectProxy(t *testing.T, m wiretest.Mode, answer string, look func(*wiretest.Request) string) *wiretest.Server {
	return wiretest.Serve(t, m, func(p *wiretest.Peer) {
		r := p.ReadRequest()
		if r.Method != "CONNECT" || r.Target != "localhost:443" || r.Get("Host") != "localhost:443" {
			p.Fatalf("got %q", r.Raw)
		}
		if why := look(r); why != "" {
			p.Fatalf("%s: %q", why, r.Raw)
		}
		if p.Send(answer); !strings.Contains(answer, " 200 ") {
			p.ExpectClosed()
			return
		}
		if m.TLS {
			p.StartInnerTLS(wiretest.ServerTLS(0, 0))
		} else {
			p.StartTLS(wiretest.ServerTLS(0, 0))
		}
		r = p.ReadRequest()
		if r.Target != "/in" || r.Has("Proxy-Authorization") || r.Has("X-Way") {
			p.Fatalf("the server behind got %q", r.Raw)
		}
		p.Send(ok("inside"))
		p.ExpectClosed()
	})
}

// CONNECT, over plain and https proxies, with what ProxyConnectHeader and
// GetProxyConnectHeader give, and its answer seen by OnProxyConnectResponse.
func TestConnect(t *testing.T) {
	const established = "HTTP/1.1 200 OK\r\nX-Proxy: p\r\n\r\n"
	fixed := http.Header{"X-Way": {"fixed"}}
	for _, scheme := range []string{"http", "https"} {
		for _, dynamic := range []bool{false, true} {
			want := map[bool]string{false: "fixed", true: "dynamic"}[dynamic]
			m := wiretest.Mode{TLS: scheme == "https"}
			proxy := connectProxy(t, m, established, func(r *wiretest.Request) string {
				if r.Get("X-Way") != want || r.Get("Proxy-Authorization") == "" {
					return "CONNECT is without its fields"
				}
				return ""
			})
			at := scheme + "://me:secret@" + proxy.Addr
			tr := &dugonghttp.Transport{Proxy: proxyAt(at), TLSClientConfig: wiretest.ClientTLS(), ProxyConnectHeader: fixed}
			if dynamic {
				tr.GetProxyConnectHeader = func(_ context.Context, u *url.URL, target string) (http.Header, error) {
					if u.String() != at || target != "localhost:443" {
						t.Errorf("asked for the header for %v, %s", u, target)
					}
					return http.Header{"X-Way": {"dynamic"}}, nil
				}
			}
			var seen []string
			tr.OnProxyConnectResponse = func(_ context.Context, u *url.URL, req *http.Request, res *http.Response) error {
				seen = append(seen, u.String(), req.Method, req.Host, res.Status, res.Header.Get("X-Proxy"))
				return nil
			}
			c := client(t, tr)
			if _, body, err := fetch(c, get(t, "https://localhost/in")); body != "inside" || err != nil {
				t.Errorf("%s, dynamic %v: got %q, %v", scheme, dynamic, body, err)
			}
			if want := []string{at, "CONNECT", "localhost:443", "200 OK", "p"}; !slices.Equal(seen, want) {
				t.Errorf("OnProxyConnectResponse saw %q, want %q", seen, want)
			}
			if len(fixed) != 1 || len(fixed["X-Way"]) != 1 {
				t.Errorf("ProxyConnectHeader was changed: %v", fixed)
			}
			c.CloseIdleConnections()
		}
	}
}

// What goes wrong at the proxy says that it was the proxy, and that the server
// saw nothing.
func TestConnectFails(t *testing.T) {
	mine := errors.New("not through this one")
	for _, c := range []struct {
		what, answer string
		change       func(*dugonghttp.Transport)
		want         func(error) bool
	}{
		{"a refusal", "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n", func(*dugonghttp.Transport) {},
			func(err error) bool { return strings.Contains(err.Error(), "Who are you") }},
		{"OnProxyConnectResponse", "HTTP/1.1 200 OK\r\n\r\n", func(tr *dugonghttp.Transport) {
			tr.OnProxyConnectResponse = func(context.Context, *url.URL, *http.Request, *http.Response) error { return mine }
		}, func(err error) bool { return errors.Is(err, mine) }},
		{"GetProxyConnectHeader", "", func(tr *dugonghttp.Transport) {
			tr.GetProxyConnectHeader = func(context.Context, *url.URL, string) (http.Header, error) { return nil, mine }
		}, func(err error) bool { return errors.Is(err, mine) }},
	} {
		proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			if c.answer != "" {
				p.ReadRequest()
				p.Send(c.answer)
			}
			p.ExpectClosed()
		})
		tr := &dugonghttp.Transport{Proxy: proxyAt("http://" + proxy.Addr)}
		c.change(tr)
		_, _, err := fetch(client(t, tr), request(t, "POST", "https://localhost/in", strings.NewReader("x")))
		if err == nil || !c.want(err) || dugonghttp.Verdict(err) != dugong.NotProcessed {
			t.Errorf("%s: got %v, %v", c.what, err, dugonghttp.Verdict(err))
		}
	}
}

// Through SOCKS5 the proxy looks the name up (socks5 and socks5h alike, as in
// net/http), and is told who we are.
func TestSocks5(t *testing.T) {
	for _, scheme := range []string{"socks5", "socks5h"} {
		for _, login := range []string{"", "me:secret@"} {
			for _, tls := range []bool{false, true} {
				proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
					if login == "" {
						p.Expect("\x05\x01\x00")
						p.Send("\x05\x00")
					} else {
						p.Expect("\x05\x02\x00\x02")
						p.Send("\x05\x02")
						p.Expect("\x01\x02me\x06secret")
						p.Send("\x01\x00")
					}
					port := map[bool]string{false: "\x00\x50", true: "\x01\xbb"}[tls]
					p.Expect("\x05\x01\x00\x03\x09localhost" + port)
					p.Send("\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
					if tls {
						p.StartTLS(wiretest.ServerTLS(0, 0))
					}
					if r := p.ReadRequest(); r.Target != "/in" || r.Get("Host") != "localhost" {
						p.Fatalf("got %q", r.Raw)
					}
					p.Send(ok("inside"))
					p.ExpectClosed()
				})
				tr := &dugonghttp.Transport{Proxy: proxyAt(scheme + "://" + login + proxy.Addr), TLSClientConfig: wiretest.ClientTLS()}
				c := client(t, tr)
				u := map[bool]string{false: "http", true: "https"}[tls] + "://localhost/in"
				if _, body, err := fetch(c, get(t, u)); body != "inside" || err != nil {
					t.Errorf("%s, login %q, TLS %v: got %q, %v", scheme, login, tls, body, err)
				}
				c.CloseIdleConnections()
			}
		}
	}
}

// A SOCKS5 proxy that refuses is named in the error.
func TestSocks5Refuses(t *testing.T) {
	proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Expect("\x05\x01\x00")
		p.Send("\x05\x00")
		p.Expect("\x05\x01\x00\x03\x09localhost\x00\x50")
		p.Send("\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00")
		p.ExpectClosed()
	})
	_, _, err := fetch(client(t, &dugonghttp.Transport{Proxy: proxyAt("socks5://" + proxy.Addr)}), get(t, "http://localhost/"))
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "proxyconnect" || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("got %v, %v", err, dugonghttp.Verdict(err))
	}
}

// ProxyFromEnvironment reads the environment once, so it is asked in a process
// of its own.
func TestProxyFromEnvironment(t *testing.T) {
	const marker = "DUGONG_TEST_ASK_PROXY"
	if os.Getenv(marker) != "" {
		for _, u := range []string{"http://a.example/", "https://a.example/", "http://b.example/", "http://localhost/"} {
			proxy, err := dugonghttp.ProxyFromEnvironment(get(t, u))
			t.Logf("ANSWER %s %v %v", u, proxy, err)
		}
		return
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^TestProxyFromEnvironment$", "-test.v")
	cmd.Env = append(os.Environ(), marker+"=1", "HTTP_PROXY=http://plain.example:3128", "HTTPS_PROXY=socks5://other.example", "NO_PROXY=b.example",
		"http_proxy=", "https_proxy=", "no_proxy=", "REQUEST_METHOD=")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"ANSWER http://a.example/ http://plain.example:3128 <nil>",
		"ANSWER https://a.example/ socks5://other.example <nil>",
		"ANSWER http://b.example/ <nil> <nil>",
		"ANSWER http://localhost/ <nil> <nil>",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
}
