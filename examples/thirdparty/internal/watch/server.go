// Package watch is a loopback HTTP server that sees how it is being used: how
// many connections were made, how many requests came, and how many of them
// were on one connection without an answer (how deep the client pipelined).
package watch

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// A Server serves plain HTTP on the loopback interface until its test ends.
type Server struct {
	URL     string // http://127.0.0.1:port
	handler http.Handler

	mu       sync.Mutex
	changed  sync.Cond
	conns    int
	requests int
	deepest  int
	open     int // requests without an answer, on all connections
	hold     int
}

// Serve starts a server for h. It ends with the test.
func Serve(t testing.TB, h http.Handler) *Server {
	t.Helper()
	s := &Server{handler: h}
	s.changed.L = &s.mu
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &httptest.Server{Listener: listener{l, s}, Config: &http.Server{
		Handler: s,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, c)
		},
	}}
	srv.Start()
	s.URL = srv.URL
	t.Cleanup(srv.Close)
	return s
}

type connKey struct{}

// Conns is how many connections were accepted so far.
func (s *Server) Conns() int { return s.read(&s.conns) }

// Requests is how many requests were handed to the handler so far.
func (s *Server) Requests() int { return s.read(&s.requests) }

// Deepest is the greatest number of requests that were on one connection,
// whole or in part, while none of them had its answer.
func (s *Server) Deepest() int { return s.read(&s.deepest) }

func (s *Server) read(n *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *n
}

// Hold makes requests wait until one connection has n of them unanswered,
// once; a client that does not pipeline as deep never gets an answer. n below 2
// holds nothing.
func (s *Server) Hold(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hold = n
}

// ServeHTTP counts and calls the handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := r.Context().Value(connKey{}).(*conn)
	s.mu.Lock()
	s.requests++
	stop := context.AfterFunc(r.Context(), s.wake)
	for s.hold > 1 && c.arrived-c.answered < s.hold && r.Context().Err() == nil {
		s.changed.Wait()
	}
	if r.Context().Err() == nil {
		s.hold = 0
		s.changed.Broadcast()
	}
	s.mu.Unlock()
	stop()
	a := &answer{ResponseWriter: w, c: c, left: -1}
	defer a.finish()
	s.handler.ServeHTTP(a, r)
}

func (s *Server) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}
