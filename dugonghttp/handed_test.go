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
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// After CloseIdleConnections the one who took a connection over is not asked
// any more: the next request dials anew. So it is with net/http, which leaves
// the connection to him; he is told here, having no other way to know.
func TestHandedOverIsClosedIdle(t *testing.T) {
	srv := startH2(t)
	for _, std := range []bool{true, false} {
		ts := newTakers()
		conf, next := ts.conf(srv)
		var rt interface {
			http.RoundTripper
			CloseIdleConnections()
		} = &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next}
		if std {
			rt = &http.Transport{TLSClientConfig: conf, TLSNextProto: next}
		}
		for i := range 3 {
			asks(t, rt, srv.URL+"/a")
			asks(t, rt, srv.URL+"/b")
			if n := len(ts.list()); n != i+1 {
				t.Fatalf("%T: %d connections were handed over, want %d", rt, n, i+1)
			}
			rt.CloseIdleConnections()
		}
		if std {
			for _, h := range ts.all {
				h.CloseIdleConnections()
			}
		}
		srv.ended(t, ts.all...)
	}
}

// A connection in use outlives CloseIdleConnections, and the one after its
// answer closes it.
func TestHandedOverInUse(t *testing.T) {
	srv := startH2(t)
	ts := newTakers()
	conf, next := ts.conf(srv)
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next}
	resp, err := tr.RoundTrip(get(t, srv.URL+"/held"))
	if err != nil {
		t.Fatal(err)
	}
	tr.CloseIdleConnections()
	close(srv.hold)
	if b, err := io.ReadAll(resp.Body); string(b) != "/held" || err != nil {
		t.Errorf("CloseIdleConnections broke an answer off: %q, %v", b, err)
	}
	resp.Body.Close()
	tr.CloseIdleConnections()
	srv.ended(t, ts.list()...)
}

// Where an origin is forgotten (MaxOrigins), so is who took its connection; he
// is told, and a request after that dials anew.
func TestHandedOverIsForgotten(t *testing.T) {
	srv := startH2(t)
	ts := newTakers()
	conf, next := ts.conf(srv)
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next, MaxOrigins: 1}
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	conf.ServerName = "example.com"
	for i, host := range []string{"one.test", "two.test", "one.test"} {
		asks(t, tr, "https://"+host+"/a")
		asks(t, tr, "https://"+host+"/b")
		if n := len(ts.list()); n != i+1 {
			t.Fatalf("%s: %d connections were handed over, want %d", host, n, i+1)
		}
		srv.ended(t, ts.list()[:i]...)
		if o := tr.Origins(); len(o) != 1 || o[0].Addr != host+":443" {
			t.Errorf("remembered is %+v, want %s", o, host)
		}
	}
	tr.CloseIdleConnections()
	srv.ended(t, ts.list()...)
}

// An origin whose connection was handed over is not forgotten at once either
// where all others are in use: its next request finds it.
func TestHandedOverBesideOneInUse(t *testing.T) {
	srv := startH2(t)
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }))
	t.Cleanup(plain.Close)
	ts := newTakers()
	conf, next := ts.conf(srv)
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next, MaxOrigins: 1}
	if _, _, err := fetch(&http.Client{Transport: tr}, get(t, plain.URL)); err != nil { // it keeps its connection
		t.Fatal(err)
	}
	for range 3 {
		asks(t, tr, srv.URL+"/a")
	}
	if n := len(ts.list()); n != 1 {
		t.Errorf("%d connections were handed over, want 1", n)
	}
	tr.CloseIdleConnections()
	srv.ended(t, ts.list()...)
}

// Of several that are made at a time one is used, and the others do not stay.
func TestHandedOverAtATime(t *testing.T) {
	srv := startH2(t)
	ts := newTakers()
	conf, next := ts.conf(srv)
	both := make(chan struct{})
	var dials atomic.Int32
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next}
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) == 4 {
			close(both)
		}
		<-both
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() { asks(t, tr, fmt.Sprint(srv.URL, "/", i)) })
	}
	wg.Wait()
	asks(t, tr, srv.URL+"/after")
	if n := dials.Load(); n != 4 {
		t.Errorf("%d connections were made, want 4", n)
	}
	for range 3 {
		select {
		case h := <-ts.heard:
			srv.ended(t, h)
		case <-time.After(wiretest.DefaultGuard):
			t.Fatal("more than one is left")
		}
	}
	asks(t, tr, srv.URL+"/last")
	tr.CloseIdleConnections()
}

// roundTrips is a RoundTripper that cannot be compared.
type roundTrips func(*http.Request) (*http.Response, error)

func (f roundTrips) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// Whatever takes a connection over, it need not be comparable, nor there at all.
func TestHandedOverToAnything(t *testing.T) {
	srv := startH2(t)
	ts := newTakers()
	conf, next := ts.conf(srv)
	var lost bool
	next["h2"] = func(authority string, c *tls.Conn) http.RoundTripper {
		h := ts.next(authority, c).(*taker)
		return roundTrips(func(req *http.Request) (*http.Response, error) {
			if !lost {
				lost = true
				return nil, gone{}
			}
			return h.RoundTrip(req)
		})
	}
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next}
	asks(t, tr, srv.URL+"/a")
	if n := len(ts.list()); n != 2 {
		t.Errorf("%d connections were handed over, want another one for the one that was lost", n)
	}
	for _, h := range ts.list() {
		h.conn.Close()
	}
	tr.CloseIdleConnections()
	next["h2"] = func(_ string, c *tls.Conn) http.RoundTripper {
		c.Close()
		return nil
	}
	if _, err := tr.RoundTrip(get(t, srv.URL+"/b")); err == nil || errors.As(err, new(gone)) {
		t.Errorf("nobody took it: got %v", err)
	}
	tr.CloseIdleConnections()
}

// everybody takes all connections and answers by himself.
type everybody struct {
	mu    sync.Mutex
	conns []*tls.Conn
	told  int
}

func (e *everybody) next(_ string, c *tls.Conn) http.RoundTripper {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.conns = append(e.conns, c)
	return e
}

func (e *everybody) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: http.NoBody, Request: req}, nil
}

func (e *everybody) CloseIdleConnections() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for ; len(e.conns) > 0; e.conns = e.conns[1:] {
		e.conns[0].Close()
	}
	e.told++
}

// Where one takes the connections of all origins, he does not lose all of them
// with each that is forgotten, but does so now and then.
func TestHandedOverToOne(t *testing.T) {
	srv := startH2(t)
	e := new(everybody)
	conf, next := newTakers().conf(srv)
	conf.ServerName, next["h2"] = "example.com", e.next
	tr := &dugonghttp.Transport{TLSClientConfig: conf, TLSNextProto: next, MaxOrigins: 64}
	tr.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, srv.Listener.Addr().String())
	}
	for i := range 64 + 9 {
		resp, err := tr.RoundTrip(get(t, fmt.Sprintf("https://h%d.test/", i)))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	if e.told != 2 || len(e.conns) != 2 {
		t.Errorf("of 9 that were forgotten he was told %d times and has %d connections, want 2 and 2", e.told, len(e.conns))
	}
	tr.CloseIdleConnections()
	if e.told != 3 || len(e.conns) != 0 {
		t.Errorf("after CloseIdleConnections he was told %d times and has %d connections", e.told, len(e.conns))
	}
}
