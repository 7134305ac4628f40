package wiretest

import (
	"crypto/tls"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// DefaultGuard is how long a scripted peer waits for anything. It is long
// enough for a slow machine under the race detector; no test comes near it
// unless it hangs.
const DefaultGuard = 10 * time.Second

// A Script plays the server's part on one connection. It runs in a goroutine of
// its own: it must not call t.FailNow and its like, p.Fatalf takes their place.
type Script = func(p *Peer)

// Setup says how scripted peers listen and accept. The zero Setup, used by
// Serve, is a plain TCP peer on 127.0.0.1.
type Setup struct {
	Mode    Mode
	Network string // "tcp4" (also ""), "tcp6" or "unix"

	// Repeat lets the last script run on all further connections too.
	// Without it one connection too many fails the test.
	Repeat bool

	// ServerTLS takes the place of ServerTLS(0, 0) in TLS modes.
	ServerTLS *tls.Config
	// LazyTLS leaves the handshake to the script (Peer.Handshake); otherwise
	// it is done before the script begins, and must succeed.
	LazyTLS bool

	// ReadBuffer and WriteBuffer are the octets that the system keeps for
	// each connection, 0 for its default. Small ones let a test of
	// back-pressure do with few octets.
	ReadBuffer, WriteBuffer int

	// Guard bounds every wait; 0 means DefaultGuard.
	Guard time.Duration
}

// A Server is a listener whose connections are played by scripts.
type Server struct {
	Addr string // "127.0.0.1:4711", "[::1]:4711" or "unix:/path"
	Port int    // 0 for unix

	t       testing.TB
	setup   Setup
	ln      net.Listener
	scripts []Script
	running sync.WaitGroup
	late    chan net.Conn // what was accepted after closing was set

	mu      sync.Mutex
	closing bool
	peers   []*Peer
}

// Serve listens on 127.0.0.1 and runs the i-th script on the i-th connection.
// The server ends with the test: it then waits for its scripts.
func Serve(t testing.TB, m Mode, scripts ...Script) *Server {
	t.Helper()
	return Setup{Mode: m}.Serve(t, scripts...)
}

// Serve is like the function Serve with all that a Setup can say.
func (s Setup) Serve(t testing.TB, scripts ...Script) *Server {
	t.Helper()
	if s.Guard == 0 {
		s.Guard = DefaultGuard
	}
	srv := &Server{t: t, setup: s, scripts: scripts, late: make(chan net.Conn)}
	srv.listen()
	go srv.accept()
	t.Cleanup(srv.stop)
	return srv
}

// Accepted is the number of connections so far.
func (s *Server) Accepted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.peers)
}

// accept takes connections until the listener is closed.
func (s *Server) accept() {
	defer close(s.late)
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		closing := s.closing
		s.mu.Unlock()
		if closing {
			s.late <- c
		} else {
			s.start(c)
		}
	}
}

// start gives the connection to its script.
func (s *Server) start(c net.Conn) {
	s.mu.Lock()
	n := len(s.peers)
	i := n
	if s.setup.Repeat {
		i = min(n, len(s.scripts)-1)
	}
	p := newPeer(s, n+1, c)
	s.peers = append(s.peers, p)
	s.mu.Unlock()
	if i < 0 || i >= len(s.scripts) {
		s.t.Errorf("wiretest: unexpected connection %d, there are %d scripts", n+1, len(s.scripts))
		p.raw.abort()
		p.end()
		return
	}
	s.running.Go(func() { p.run(s.scripts[i]) })
}

// Play runs a script on one end of a connection made by the caller, such as
// net.Pipe, which also works inside a testing/synctest bubble.
func (s Setup) Play(t testing.TB, c net.Conn, script Script) {
	t.Helper()
	if s.Guard == 0 {
		s.Guard = DefaultGuard
	}
	srv := &Server{t: t, setup: s, scripts: []Script{script}}
	srv.start(c)
	t.Cleanup(srv.stop)
}

// stop ends the server with the test.
func (s *Server) stop() {
	if s.ln != nil {
		s.drain()
	}
	done := make(chan struct{})
	go func() { s.running.Wait(); close(done) }()
	if s.t.Failed() {
		s.abortAll() // it is over: do not make a failure take the guard's time as well
	}
	if !within(s.setup.Guard+time.Second, done) {
		s.reportUnfinished()
		s.abortAll()
		within(time.Second, done)
	}
	if n := s.Accepted(); n < len(s.scripts) && !s.t.Failed() {
		s.t.Errorf("wiretest: %d of %d connections were never made", len(s.scripts)-n, len(s.scripts))
	}
}

// drain closes the listener without losing a connection that the system has
// accepted and we have not: connections come in order, so when one of our own
// arrives, all earlier ones have. Otherwise a connection too many just before
// the end of a test would be overlooked.
func (s *Server) drain() {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	mark, err := s.dialMark()
	if err != nil {
		s.ln.Close()
	} else {
		defer mark.Close()
	}
	for c := range s.late {
		if mark != nil && c.RemoteAddr().String() == mark.LocalAddr().String() {
			c.Close()
			s.ln.Close()
		} else {
			s.start(c)
		}
	}
}

func (s *Server) abortAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.peers {
		p.abandoned.Store(true)
		p.raw.abort()
	}
}

func (s *Server) reportUnfinished() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.peers {
		if doing, ended := p.state(); !ended {
			s.t.Errorf("wiretest: the script of connection %d did not finish; it was %s", p.n, doing)
		}
	}
}

// within waits for done, at most for d.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

func (s *Server) fatal(err error) {
	s.t.Helper()
	s.t.Fatal(fmt.Errorf("wiretest: %w", err))
}
