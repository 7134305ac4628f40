package dugonghttp_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// other is a protocol that is not ours: it says its name and is done.
type other struct {
	c    *tls.Conn
	used atomic.Int32
}

func (o *other) RoundTrip(req *http.Request) (*http.Response, error) {
	n := o.used.Add(1)
	if _, err := io.WriteString(o.c, req.URL.Path+"\n"); err != nil {
		return nil, err
	}
	if n == 2 { // what net/http's HTTP/2 says of a connection that ended
		o.c.Close()
		return nil, gone{}
	}
	var b [1]byte
	if _, err := io.ReadFull(o.c, b[:]); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: 200, Proto: "OTHER/1", Body: http.NoBody, Request: req}, nil
}

type gone struct{}

func (gone) Error() string             { return "no connection" }
func (gone) IsHTTP2NoCachedConnError() {}

// Where ALPN chooses another protocol, TLSNextProto takes the connection over,
// and with it what is sent to the origin; until it has none any more.
func TestTLSNextProto(t *testing.T) {
	for _, dialed := range []bool{false, true} { // by DialTLSContext
		conf := wiretest.ServerTLS(0, 0)
		conf.NextProtos = []string{"other", "http/1.1"}
		srv := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: conf}.Serve(t, func(p *wiretest.Peer) {
			p.Expect("/1\n")
			p.Send("x")
			p.Expect("/2\n")
			p.ExpectClosed()
		}, func(p *wiretest.Peer) {
			p.Expect("/2\n")
			p.Send("x")
			p.ExpectClosed()
		})
		var made []*other
		mine := wiretest.ClientTLS()
		mine.NextProtos = []string{"other", "http/1.1"}
		tr := &dugonghttp.Transport{TLSClientConfig: mine, TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{
			"other": func(authority string, c *tls.Conn) http.RoundTripper {
				if authority != srv.Addr || c.ConnectionState().NegotiatedProtocol != "other" {
					t.Errorf("handed over for %s: %+v", authority, c.ConnectionState().NegotiatedProtocol)
				}
				made = append(made, &other{c: c})
				return made[len(made)-1]
			},
		}}
		if dialed {
			tr.TLSClientConfig = nil
			tr.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
				return (&tls.Dialer{Config: mine}).DialContext(ctx, network, addr)
			}
		}
		c := client(t, tr)
		for _, path := range []string{"/1", "/2"} {
			resp, err := c.Do(get(t, "https://"+srv.Addr+path))
			if err != nil || resp.Proto != "OTHER/1" {
				t.Fatalf("dialed %v: %s: %+v, %v", dialed, path, resp, err)
			}
		}
		if len(made) != 2 || made[0].used.Load() != 2 || made[1].used.Load() != 1 {
			t.Errorf("dialed %v: %d were made", dialed, len(made))
		}
		for _, o := range made {
			o.c.Close()
		}
	}
}

// A protocol that nobody takes over fails the request: it is never spoken to in
// HTTP/1.1.
func TestUnknownProtocol(t *testing.T) {
	conf := wiretest.ServerTLS(0, 0)
	conf.NextProtos = []string{"h2"}
	srv := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: conf}.Serve(t, func(p *wiretest.Peer) { p.ExpectClosed() })
	mine := wiretest.ClientTLS()
	mine.NextProtos = []string{"h2", "http/1.1"}
	_, _, err := fetch(client(t, &dugonghttp.Transport{TLSClientConfig: mine}), get(t, "https://"+srv.Addr))
	if err == nil || !strings.Contains(err.Error(), `"h2"`) || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("got %v, %v", err, dugonghttp.Verdict(err))
	}
}

// DialTLSContext gives any connection; if it is a tls.Conn, Response.TLS shows
// it. TLSClientConfig does not matter then.
func TestDialTLSContext(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		srv := wiretest.Serve(t, wiretest.TLS, func(p *wiretest.Peer) {
			serve(p, "/a", "/b")
			p.ExpectClosed()
		})
		c := client(t, &dugonghttp.Transport{DialTLSContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&tls.Dialer{Config: wiretest.ClientTLS()}).DialContext(ctx, network, addr)
			if hidden && err == nil {
				return struct{ net.Conn }{conn}, nil
			}
			return conn, err
		}})
		for _, path := range []string{"/a", "/b"} {
			resp, err := c.Do(get(t, "https://"+srv.Addr+path))
			if err != nil {
				t.Fatal(err)
			}
			b, err := io.ReadAll(resp.Body)
			resp.Body.Close()
			if string(b) != path || err != nil || (resp.TLS == nil) != hidden || !hidden && !resp.TLS.HandshakeComplete {
				t.Errorf("hidden %v: got %q, %v, TLS %+v", hidden, b, err, resp.TLS)
			}
		}
		c.CloseIdleConnections()
	}
}

// The handshake has a limit of its own, and its error is a timeout.
func TestTLSHandshakeTimeout(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) { p.Drain() }}
	bubble(t, &dugonghttp.Transport{TLSHandshakeTimeout: time.Minute}, n, func(t *testing.T, b *asker) {
		start := time.Now()
		_, _, err := fetch(b.c, get(t, "https://h.example/"))
		var ne net.Error
		if d := time.Since(start); d != time.Minute || !errors.As(err, &ne) || !ne.Timeout() || dugonghttp.Verdict(err) != dugong.NotProcessed {
			t.Errorf("after %v: %v, %v", d, err, dugonghttp.Verdict(err))
		}
	})
}

// A client certificate belongs to the Transport and so to all its connections;
// requests of different credentials are not mixed on one that has it either.
func TestClientCertificate(t *testing.T) {
	files := wiretest.WritePEM(t, t.TempDir(), "client.example")
	cert, err := tls.LoadX509KeyPair(files.Cert, files.Key)
	if err != nil {
		t.Fatal(err)
	}
	conf := wiretest.ServerTLS(0, 0)
	conf.ClientAuth = tls.RequireAnyClientCert
	for mix, conns := range map[bool]int{false: 2, true: 1} {
		both := make(chan struct{})
		var scripts []wiretest.Script
		if mix {
			scripts = []wiretest.Script{func(p *wiretest.Peer) {
				first, second := p.ReadRequest(), p.ReadRequest()
				p.Send(ok(first.Target), ok(second.Target))
				p.ExpectClosed()
			}}
		} else { // each has to come on its own connection before one is answered
			var arrived sync.WaitGroup
			arrived.Add(2)
			go func() { arrived.Wait(); close(both) }()
			one := func(p *wiretest.Peer) {
				r := p.ReadRequest()
				if len(p.TLS().PeerCertificates) != 1 {
					p.Fatalf("no client certificate")
				}
				arrived.Done()
				p.Wait(both)
				p.Send(ok(r.Target))
				p.ExpectClosed()
			}
			scripts = []wiretest.Script{one, one}
		}
		srv := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: conf}.Serve(t, scripts...)
		mine := wiretest.ClientTLS()
		mine.Certificates = []tls.Certificate{cert}
		c := client(t, &dugonghttp.Transport{Depth: 8, MixCredentials: mix, TLSClientConfig: mine, HeadOfLineLimit: -1})
		var wg sync.WaitGroup
		for _, path := range []string{"/a", "/b"} {
			req := get(t, "https://"+srv.Addr+path)
			req.Header.Set("Cookie", "who="+path)
			wg.Go(func() {
				if _, body, err := fetch(c, req); body != path || err != nil {
					t.Errorf("mix %v, %s: got %q, %v", mix, path, body, err)
				}
			})
		}
		wg.Wait()
		if n := srv.Accepted(); n != conns {
			t.Errorf("mix %v: %d connections, want %d", mix, n, conns)
		}
		c.CloseIdleConnections()
	}
}

// Certificates that do not fit fail the request before any of it is sent, with
// the types of crypto/tls.
func TestBadCertificate(t *testing.T) {
	srv := wiretest.Setup{Mode: wiretest.TLS, LazyTLS: true, ServerTLS: wiretest.UntrustedTLS()}.Serve(t, func(p *wiretest.Peer) {
		if p.Handshake() == nil {
			p.ExpectClosed()
		}
	})
	_, _, err := fetch(client(t, &dugonghttp.Transport{TLSClientConfig: wiretest.ClientTLS()}), get(t, "https://"+srv.Addr))
	var unknown x509.UnknownAuthorityError
	if !errors.As(err, &unknown) || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("got %v, %v", err, dugonghttp.Verdict(err))
	}
}

// For a unix socket DialContext dials its path.
func TestUnixSocket(t *testing.T) {
	srv := wiretest.Setup{Network: "unix"}.Serve(t, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Target != "/a" || r.Get("Host") != "daemon" {
			p.Fatalf("got %q", r.Raw)
		}
		p.Send(ok("/a"))
		serve(p, "/b")
		p.ExpectClosed()
	})
	path := strings.TrimPrefix(srv.Addr, "unix:")
	if !filepath.IsAbs(path) {
		t.Fatal(srv.Addr)
	}
	c := client(t, &dugonghttp.Transport{DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
		if addr != "daemon:80" {
			t.Errorf("dial %s", addr)
		}
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}})
	for _, path := range []string{"/a", "/b"} {
		if _, body, err := fetch(c, get(t, "http://daemon"+path)); body != path || err != nil {
			t.Errorf("got %q, %v", body, err)
		}
	}
	c.CloseIdleConnections()
}
