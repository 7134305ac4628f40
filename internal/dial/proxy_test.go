package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/wiretest"
)

var login = url.UserPassword("user", "secret")

// through are options for TLS with server.test at port 443 through a proxy.
// The name is never looked up: that is the proxy's work.
func through(scheme, proxy string) *Options {
	cfg := wiretest.ClientTLS()
	return &Options{Network: "tcp", Host: "server.test", Port: 443, TLS: cfg, Proxy: &url.URL{Scheme: scheme, Host: proxy}, Idle: 10 * time.Second}
}

const request = "CONNECT server.test:443 HTTP/1.1\r\nHost: server.test:443\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n"

// echo plays the server behind the tunnel: TLS, then one line back.
func echo(p *wiretest.Peer) {
	p.StartTLS(wiretest.ServerTLS(0, 0, "server.test"))
	p.Expect("ping\n")
	p.Send("ping\n")
	p.Drain()
}

// TestConnectOpens: any 2xx opens the tunnel, whatever its version and fields
// say, after any number of interim responses.
func TestConnectOpens(t *testing.T) {
	for name, answer := range map[string][]string{
		"1.1":                {"HTTP/1.1 200 Connection established\r\n\r\n"},
		"1.0":                {"HTTP/1.0 200 OK\r\n\r\n"},
		"204":                {"HTTP/1.1 204 No Content\r\n\r\n"},
		"299 without reason": {"HTTP/1.1 299 \r\n\r\n"},
		"with fields":        {"HTTP/1.1 200 OK\r\nVia: 1.1 p\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"},
		"after interim":      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"},
		"in pieces":          strings.SplitAfter("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n", ""),
	} {
		t.Run(name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				p.Expect(request)
				p.Send(answer...)
				echo(p)
			})
			tr, err := connect(t, through("http", s.Addr))
			if err != nil {
				t.Fatal(err)
			}
			roundTrip(t, tr)
			if state, ok := tr.TLSState(); !ok || state.ServerName != "server.test" {
				t.Errorf("the innermost TLS is with %q, want the server", state.ServerName)
			}
		})
	}
}

// TestConnectRequest: credentials and further fields, and an IPv6 target.
func TestConnectRequest(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		r := p.ReadHead()
		if r.Method != "CONNECT" || r.Target != "[::1]:8443" || r.Get("Host") != "[::1]:8443" {
			p.Fatalf("%s %s with Host %q", r.Method, r.Target, r.Get("Host"))
		}
		if v := r.Values("Proxy-Authorization"); !slices.Equal(v, []string{"Basic dXNlcjpzZWNyZXQ="}) {
			p.Fatalf("Proxy-Authorization: %q", v)
		}
		if r.Get("X-One") != "1" || r.Get("User-Agent") != "dugong" {
			p.Fatalf("further fields are missing: %v", r.Fields)
		}
		p.Send("HTTP/1.1 200 OK\r\n\r\n")
		p.StartTLS(nil)
		p.Drain()
	})
	o := through("http", s.Addr)
	o.Host, o.Port, o.Proxy.User = "::1", 8443, login
	o.ProxyHeader = func(yield func(name, value string) bool) {
		_ = yield("X-One", "1") && yield("User-Agent", "dugong")
	}
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	tr.Close()
}

// TestConnectFails: whatever goes wrong, nothing follows the CONNECT request,
// and the socket is closed.
func TestConnectFails(t *testing.T) {
	endless := strings.Repeat("X-Filler: "+strings.Repeat("x", 1000)+"\r\n", 64)
	for _, c := range []struct {
		name   string
		answer string
		kind   Kind
		says   []string
		fault  h1.Kind
	}{
		{"407", "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 4\r\n\r\nno!\n", ProxyRefused, []string{"407", "Proxy Authentication Required"}, 0},
		{"502 in 1.0", "HTTP/1.0 502 Bad Gateway\r\n\r\n", ProxyRefused, []string{"502", "Bad Gateway"}, 0},
		{"302", "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n", ProxyRefused, []string{"302"}, 0},
		{"refusal with broken framing", "HTTP/1.1 403 Forbidden\r\nContent-Length: x\r\n\r\n", ProxyRefused, []string{"403"}, 0},
		{"garbage", "SSH-2.0-OpenSSH_9.2\r\n", BadAnswer, nil, h1.Invalid},
		{"other HTTP", "HTTP/2.0 200 OK\r\n\r\n", BadAnswer, nil, 0},
		{"bad field", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", BadAnswer, nil, h1.Invalid},
		{"bare LF", "HTTP/1.1 200 OK\n\n", BadAnswer, nil, h1.Invalid},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", BadAnswer, []string{"101"}, h1.Invalid},
		{"surplus", "HTTP/1.1 200 OK\r\n\r\n\x16", BadAnswer, []string{"before anything was sent"}, h1.Invalid},
		{"endless line", "HTTP/1.1 200 " + strings.Repeat("x", 9000), BadAnswer, nil, h1.TooLarge},
		{"endless head", "HTTP/1.1 200 OK\r\n" + endless, BadAnswer, nil, h1.TooLarge},
		{"endless interim", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 4000), BadAnswer, nil, h1.TooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				p.Expect(request)
				if p.TrySend(c.answer) == nil {
					p.ExpectClosed()
				}
			})
			o := through("http", s.Addr)
			o.Limits = h1.Limits{StartLine: 8 << 10, Head: 16 << 10, Interim: 4 << 10}
			_, err := connect(t, o)
			e := fails(t, err, c.kind, Proxy)
			contains(t, err, append(c.says, s.Addr)...)
			var f *h1.Fault
			if errors.As(err, &f) != (c.kind == BadAnswer) || c.fault != 0 && f.Kind != c.fault {
				t.Errorf("fault %#v, want one of kind %d", f, c.fault)
			}
			if c.kind == ProxyRefused && (e.Status < 300 || e.Err != nil) {
				t.Errorf("status %d, cause %v", e.Status, e.Err)
			}
		})
	}
}

// TestConnectLost: the proxy goes away instead of answering.
func TestConnectLost(t *testing.T) {
	for name, script := range map[string]wiretest.Script{
		"EOF":             func(p *wiretest.Peer) { p.Expect(request); p.Linger() },
		"EOF in the head": func(p *wiretest.Peer) { p.Expect(request); p.Send("HTTP/1.1 200 OK\r\nA: "); p.Linger() },
		"EOF after 100":   func(p *wiretest.Peer) { p.Expect(request); p.Send("HTTP/1.1 100 \r\n\r\n"); p.Linger() },
		"reset":           func(p *wiretest.Peer) { p.Expect(request); p.Reset() },
	} {
		t.Run(name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain, script)
			_, err := connect(t, through("http", s.Addr))
			fails(t, err, Failed, Proxy)
			if errors.Is(err, io.ErrUnexpectedEOF) != (name != "reset") {
				t.Errorf("%s gives %v", name, err)
			}
		})
	}
}

// TestConnectCutOff: a proxy that has enough of a long request answers and
// closes before it has taken all of it. A refusal is reported; to anything else
// the end of the sending comes first.
func TestConnectCutOff(t *testing.T) {
	for _, m := range []wiretest.Mode{wiretest.Plain, {TLS: true}} {
		for answer, kind := range map[string]Kind{
			"HTTP/1.1 431 Request Header Fields Too Large\r\n\r\n": ProxyRefused,
			"HTTP/1.1 200 OK\r\n\r\n":                              Failed,
			"HTTP/1.1 431 Request":                                 Failed,
			"":                                                     Failed,
		} {
			s := wiretest.Setup{Mode: m, ReadBuffer: 4 << 10}.Serve(t, func(p *wiretest.Peer) {
				p.Read(100)
				p.Send(answer)
				p.CloseAbruptly()
			})
			o := through(map[bool]string{false: "http", true: "https"}[m.TLS], s.Addr)
			o.ProxyTLS = m.ClientTLS()
			o.ProxyHeader = func(yield func(name, value string) bool) { yield("X-Big", strings.Repeat("x", 1<<19)) }
			o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, addr)
				if err == nil {
					err = c.(*net.TCPConn).SetWriteBuffer(4 << 10)
				}
				return c, err
			}
			_, err := connect(t, o)
			if e := fails(t, err, kind, Proxy); kind == ProxyRefused && e.Status != 431 {
				t.Errorf("status %d", e.Status)
			} else if kind == Failed && errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("after %q: %v, want the end of the sending", answer, err)
			}
		}
	}
}

// TestConnectTakesNothing: a proxy that takes nothing and says nothing. Without an
// inactivity timeout too, no answer is awaited to what was not sent.
func TestConnectTakesNothing(t *testing.T) {
	here, there := socketPair(t)
	if err := there.CloseRead(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), wiretest.DefaultGuard)
	defer cancel()
	o := through("http", "proxy.test:80")
	o.Idle = 0
	o.Dialer = func(context.Context, string, string) (net.Conn, error) { return here, nil }
	_, err := Connect(ctx, o)
	fails(t, err, Failed, Proxy)
	if !errors.Is(err, syscall.EPIPE) {
		t.Errorf("%v, want the end of the sending", err)
	}
}

// socketPair gives both ends of a unix socket: there, unlike with TCP, reading may
// go on where writing has failed.
func socketPair(t *testing.T) (here, there *net.UnixConn) {
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if here, err = net.DialUnix("unix", nil, ln.Addr().(*net.UnixAddr)); err == nil {
		there, err = ln.AcceptUnix()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close(); there.Close() })
	return here, there
}

func TestConnectSilent(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Expect(request); p.ExpectEOF() })
	o := through("http", s.Addr)
	o.Idle = 50 * time.Millisecond
	_, err := connect(t, o)
	fails(t, err, TimedOut, Proxy)
}

func TestConnectCanceled(t *testing.T) {
	why := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(t.Context())
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Expect(request); cancel(why); p.ExpectEOF() })
	_, err := Connect(ctx, through("http", s.Addr))
	fails(t, err, Canceled, Proxy)
	if !errors.Is(err, why) {
		t.Errorf("the error does not wrap the cause: %v", err)
	}
}

// TestHTTPProxyPlain: without TLS an http proxy is just where the socket goes.
func TestHTTPProxyPlain(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		s := wiretest.Serve(t, m, func(p *wiretest.Peer) { p.Expect("ping\n"); p.Send("ping\n"); p.Drain() })
		o := through(map[bool]string{false: "http", true: "https"}[m.TLS], s.Addr)
		o.TLS, o.Port, o.ProxyTLS = nil, 80, m.ClientTLS()
		tr, err := connect(t, o)
		if err != nil {
			t.Fatal(err)
		}
		roundTrip(t, tr)
	})
}

// TestConnectConfig: what cannot work is refused before anything is dialed.
func TestConnectConfig(t *testing.T) {
	field := func(name, value string) func(*Options) {
		return func(o *Options) { o.ProxyHeader = func(yield func(string, string) bool) { yield(name, value) } }
	}
	for name, change := range map[string]func(*Options){
		"scheme":                 func(o *Options) { o.Proxy.Scheme = "socks4" },
		"no scheme":              func(o *Options) { o.Proxy.Scheme = "" },
		"no host":                func(o *Options) { o.Proxy.Host = "" },
		"no host but a port":     func(o *Options) { o.Proxy.Host = ":3128" },
		"port 0":                 func(o *Options) { o.Proxy.Host = "127.0.0.1:0" },
		"port too large":         func(o *Options) { o.Proxy.Host = "127.0.0.1:65536" },
		"userinfo in the host":   func(o *Options) { o.Proxy.Host = "user:secret@proxy:80" },
		"blank in the host":      func(o *Options) { o.Proxy.Host = "pro xy" },
		"unix":                   func(o *Options) { o.Network, o.Host, o.TLS.ServerName = "unix", "/x", "x" },
		"zone":                   func(o *Options) { o.Host = "fe80::1%eth0" },
		"zone by SOCKS":          func(o *Options) { o.Host, o.Proxy.Scheme = "fe80::1%eth0", "socks5" },
		"colon in the user name": func(o *Options) { o.Proxy.User = url.UserPassword("us:er", "secret") },
		"line end in password":   func(o *Options) { o.Proxy.User = url.UserPassword("user", "secret\r\nX: y") },
		"injected field":         field("X", "y\r\nY: z"),
		"bad field name":         field("X:", "y"),
		"Transfer-Encoding":      field("Transfer-Encoding", "chunked"),
		"no SOCKS user":          func(o *Options) { o.Proxy.Scheme, o.Proxy.User = "socks5", url.UserPassword("", "secret") },
		"long SOCKS user":        func(o *Options) { o.Proxy.Scheme, o.Proxy.User = "socks5", url.User(strings.Repeat("secret", 43)) },
		"long SOCKS password": func(o *Options) {
			o.Proxy.Scheme, o.Proxy.User = "socks5", url.UserPassword("u", strings.Repeat("secret", 43))
		},
		"long name by SOCKS": func(o *Options) { o.Proxy.Scheme, o.Host = "socks5", strings.Repeat("abcde.", 43) },
	} {
		t.Run(name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain)
			o := through("http", s.Addr)
			o.Proxy.User = login
			change(o)
			_, err := connect(t, o)
			fails(t, err, BadConfig, Proxy)
		})
	}
}

func TestBasicAuth(t *testing.T) {
	for _, c := range []struct {
		user *url.Userinfo
		want string
	}{
		{nil, ""},
		{url.UserPassword("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, // RFC 7617 section 2
		{url.UserPassword("test", "123£"), "Basic dGVzdDoxMjPCow=="},                       // section 2.1
		{url.User("only"), "Basic b25seTo="},
		{url.UserPassword("", ""), "Basic Og=="},
	} {
		if got := BasicAuth(c.user); got != c.want {
			t.Errorf("BasicAuth(%v) = %q, want %q", c.user, got, c.want)
		}
	}
}
