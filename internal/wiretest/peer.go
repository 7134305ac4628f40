package wiretest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A Peer is the server's side of one connection, in the hands of a script. Its
// methods fail the test and end the script where what they wait for does not
// come. Only the script's goroutine may use it.
type Peer struct {
	t     testing.TB
	n     int // which connection, from 1
	setup Setup
	raw   *rawConn
	conn  net.Conn // what the script speaks through: raw, or TLS over it
	in    []byte   // received and not yet taken by the script
	taken int      // octets taken before in

	abandoned atomic.Bool // by the server, because the test has failed

	mu    sync.Mutex
	doing string
	ended bool
}

func newPeer(s *Server, n int, c net.Conn) *Peer {
	p := &Peer{t: s.t, n: n, setup: s.setup, raw: &rawConn{Conn: c}, doing: "about to begin"}
	p.conn = p.raw
	if b, ok := c.(interface {
		SetReadBuffer(int) error
		SetWriteBuffer(int) error
	}); ok {
		if s.setup.ReadBuffer > 0 {
			b.SetReadBuffer(s.setup.ReadBuffer)
		}
		if s.setup.WriteBuffer > 0 {
			b.SetWriteBuffer(s.setup.WriteBuffer)
		}
	}
	if s.setup.Mode.TLS {
		p.conn = tls.Server(p.raw, p.serverTLS())
	}
	return p
}

// run plays the script. The connection is closed at its end, and reset if the
// script did not come to its end.
func (p *Peer) run(script Script) {
	completed := false
	defer func() {
		if !completed {
			p.raw.abort()
		}
		p.end()
	}()
	if p.setup.Mode.TLS && !p.setup.LazyTLS {
		if err := p.Handshake(); err != nil {
			p.report("TLS handshake: %s", p.explain(err))
			return
		}
	}
	p.enter("in the script's own code, after the handshake if any")
	script(p)
	completed = true
	if !p.raw.closed.Load() {
		p.Close()
	}
}

// Number is the number of this connection on its server, from 1.
func (p *Peer) Number() int { return p.n }

// Conn is the connection below the script, for what no method offers. Octets
// that the Peer has received already are not in it.
func (p *Peer) Conn() net.Conn { return p.conn }

// Fatalf fails the test, resets the connection and ends the script.
func (p *Peer) Fatalf(format string, args ...any) {
	p.t.Helper()
	p.report(format, args...)
	runtime.Goexit()
}

// report fails the test, unless it has failed and the script was cut off for
// that: then what the script was waiting for is only logged.
func (p *Peer) report(format string, args ...any) {
	p.t.Helper()
	tell := p.t.Errorf
	if p.abandoned.Load() {
		tell = p.t.Logf
	}
	tell("wiretest: %s, connection %d: %s", p.t.Name(), p.n, fmt.Sprintf(format, args...))
}

// Logf logs with the connection's number.
func (p *Peer) Logf(format string, args ...any) {
	p.t.Helper()
	p.t.Logf("connection %d: %s", p.n, fmt.Sprintf(format, args...))
}

// Wait waits for the test to close, or send on, the channel. It is how a script
// is put in order with what the client does.
func (p *Peer) Wait(until <-chan struct{}) {
	p.t.Helper()
	p.enter("waiting for the test's signal")
	if !within(p.setup.Guard, until) {
		p.Fatalf("waited %v for the test's signal", p.setup.Guard)
	}
	p.enter("in the script's own code, after a signal of the test")
}

// StopReading leaves all that comes in the system's buffers until the signal.
func (p *Peer) StopReading(until <-chan struct{}) {
	p.t.Helper()
	p.Wait(until)
}

// enter notes what the script does, for reports on one that hangs.
func (p *Peer) enter(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.doing = fmt.Sprintf(format, args...)
}

func (p *Peer) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ended = true
}

func (p *Peer) state() (doing string, ended bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.doing, p.ended
}

// fill receives some octets, waiting for them within the guard.
func (p *Peer) fill() error { return p.fillWithin(p.setup.Guard) }

func (p *Peer) fillWithin(d time.Duration) error {
	p.conn.SetReadDeadline(time.Now().Add(d))
	var buf [16 << 10]byte
	n, err := p.conn.Read(buf[:])
	p.in = append(p.in, buf[:n]...)
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// take removes n received octets.
func (p *Peer) take(n int) string {
	s := string(p.in[:n])
	p.in = p.in[n:]
	p.taken += n
	return s
}

// explain says in words what an error of the connection means.
func (p *Peer) explain(err error) string {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("nothing moved for %v", p.setup.Guard)
	case errors.Is(err, io.EOF):
		return "the client closed the connection"
	case isReset(err):
		return "the client reset the connection"
	case errors.Is(err, net.ErrClosed):
		return "the connection was closed on this side, by the script or at the end of the test,"
	}
	return err.Error()
}
