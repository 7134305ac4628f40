package dugonghttp_test

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// A taker speaks HTTP/2, by net/http, over the one connection that it was
// given. When that has ended it says so, as HTTP/2 of net/http does.
type taker struct {
	*http.Transport
	conn  *tls.Conn
	given chan net.Conn // until it is used
	told  atomic.Int32  // calls of CloseIdleConnections
	heard chan *taker   // those who were told
}

func newTaker(c *tls.Conn, heard chan *taker) *taker {
	h := &taker{conn: c, given: make(chan net.Conn, 1), heard: heard}
	h.given <- c
	h.Transport = &http.Transport{MaxConnsPerHost: 1, Protocols: new(http.Protocols)}
	h.Protocols.SetHTTP2(true)
	h.DialTLSContext = func(context.Context, string, string) (net.Conn, error) {
		select {
		case c := <-h.given:
			return c, nil
		default:
			return nil, gone{}
		}
	}
	return h
}

func (h *taker) CloseIdleConnections() {
	select {
	case c := <-h.given:
		c.Close()
	default:
		h.Transport.CloseIdleConnections()
	}
	h.told.Add(1)
	h.heard <- h
}

// An h2Server speaks HTTP/2 and knows the ends of its connections.
type h2Server struct {
	*httptest.Server
	hold chan struct{} // for /held

	mu   sync.Mutex
	ends map[string]chan struct{} // by the client's address
}

func startH2(t *testing.T) *h2Server {
	s := &h2Server{hold: make(chan struct{}), ends: map[string]chan struct{}{}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.Path[:1])
		if r.URL.Path == "/held" {
			w.(http.Flusher).Flush()
			<-s.hold
		}
		io.WriteString(w, r.URL.Path[1:])
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			close(s.end(c.RemoteAddr()))
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

func (s *h2Server) end(of net.Addr) chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ends[of.String()] == nil {
		s.ends[of.String()] = make(chan struct{})
	}
	return s.ends[of.String()]
}

// ended waits for the ends of connections.
func (s *h2Server) ended(t *testing.T, hs ...*taker) {
	t.Helper()
	for i, h := range hs {
		select {
		case <-s.end(h.conn.LocalAddr()):
		case <-time.After(wiretest.DefaultGuard):
			t.Fatalf("connection %d of %d is open; who has it was told %d times to close what is idle", i+1, len(hs), h.told.Load())
		}
	}
}

// takers notes to whom connections were handed over.
type takers struct {
	mu    sync.Mutex
	all   []*taker
	heard chan *taker
}

func newTakers() *takers { return &takers{heard: make(chan *taker, 100)} }

func (ts *takers) list() []*taker {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.all
}

func (ts *takers) next(_ string, c *tls.Conn) http.RoundTripper {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	h := newTaker(c, ts.heard)
	ts.all = append(ts.all, h)
	return h
}

func (ts *takers) conf(s *h2Server) (*tls.Config, map[string]func(string, *tls.Conn) http.RoundTripper) {
	c := tlsOf(s.Server).Clone()
	c.NextProtos = []string{"h2", "http/1.1"}
	return c, map[string]func(string, *tls.Conn) http.RoundTripper{"h2": ts.next}
}

// asks asks by HTTP/2 and reads the answer.
func asks(t *testing.T, rt http.RoundTripper, url string) {
	t.Helper()
	resp, err := rt.RoundTrip(get(t, url))
	if err != nil {
		t.Errorf("%T: %s: %v", rt, url, err)
		return
	}
	defer resp.Body.Close()
	if b, err := io.ReadAll(resp.Body); resp.ProtoMajor != 2 || string(b) != resp.Request.URL.Path || err != nil {
		t.Errorf("%T: %s: got %s, %q, %v", rt, url, resp.Proto, b, err)
	}
}
