package dugong_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The files faults_*_test.go break the connection in every way at every octet.
// A row of a table is: what is asked and answered (a shape), after how many
// octets the accident comes, which accident, plain or TLS. After each row this
// must hold, whatever it was:
//
//   - Each request was answered or failed, exactly once: its whole answer was
//     handed out, or Unanswered lists it, or its send failed before it was
//     accepted. Never two of these, never none. (A send may also fail after
//     that, while it flushes: then Unanswered lists the request.)
//   - The answers are the true ones, in order; what was handed out of a body
//     before an error is all that had come of it.
//   - The error has the kind, cause, phase, request and culprit that the table
//     says, and later calls give ErrConnectionClosed.
//   - A request that is called NotProcessed was not read by the peer, or stands
//     behind an answer that announced close.
//   - No goroutine, descriptor or borrowed buffer is left: the bubble of
//     testing/synctest ends only without goroutines, TestMain counts goroutines
//     and descriptors, BorrowedWindows buffers.
//
// Rows about time run in such a bubble over net.Pipe and take no time.

// An accident is what happens when the peer has sent, or read, k octets.
type accident string

const (
	byEOF      accident = "EOF"                      // closed, under TLS with close_notify
	byCut      accident = "EOF without close_notify" // under TLS
	byReset    accident = "reset"
	byTimeout  accident = "timeout"  // silence; after the error the peer goes on
	byCancel   accident = "cancel"   // silence, and the context is cancelled; then the peer goes on
	byDeadline accident = "deadline" // silence, and the context expires; then the peer goes on
	byClose    accident = "Close"    // by another goroutine
	byDrop     accident = "Reset"    // Conn.Reset, by another goroutine
)

var accidents = []accident{byEOF, byCut, byReset, byTimeout, byCancel, byDeadline, byClose, byDrop}

// fatal accidents cannot be got over by calling again.
func (a accident) fatal() bool { return a != byTimeout && a != byCancel && a != byDeadline }

//lint:file-ignore ST1008 an accident has two errors and a fault

// cause is what the error wraps, besides its kind.
func (a accident) cause() (kind, cause error, fault dugong.Fault) {
	switch a {
	case byEOF, byCut:
		return dugong.ErrConnectionClosed, io.ErrUnexpectedEOF, dugong.FaultNetwork
	case byReset:
		return dugong.ErrConnectionClosed, syscall.ECONNRESET, dugong.FaultNetwork
	case byTimeout:
		return dugong.ErrConnectionTimedOut, nil, dugong.FaultNetwork
	case byCancel:
		return dugong.ErrCanceled, context.Canceled, dugong.FaultCaller
	case byDeadline:
		return dugong.ErrCanceled, context.DeadlineExceeded, dugong.FaultCaller
	}
	return dugong.ErrConnectionClosed, net.ErrClosed, dugong.FaultCaller
}

// faulty is the client's end of a pipe. It reads ECONNRESET instead of the end
// when told to, and passes on at most step octets by each call, if that is set.
type faulty struct {
	net.Conn
	reset atomic.Bool
	step  int
}

func (f *faulty) Read(p []byte) (int, error) {
	if f.step > 0 {
		p = p[:min(len(p), f.step)]
	}
	n, err := f.Conn.Read(p)
	if err != nil && f.reset.Load() {
		err = syscall.ECONNRESET
	}
	return n, err
}

// Write passes on all, as net.Conn asks, but in small writes.
func (f *faulty) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		m := len(p) - n
		if f.step > 0 {
			m = min(m, f.step)
		}
		m, err = f.Conn.Write(p[n : n+m])
		n += m
	}
	return n, err
}

// piped is a connection under test over net.Pipe with the script at its other
// end. It belongs into a bubble.
func piped(t *testing.T, m wiretest.Mode, cfg dugong.Config, step int, script func(*wiretest.Peer, *faulty)) *rig {
	client, server := net.Pipe()
	f := &faulty{Conn: client, step: step}
	wiretest.Setup{Mode: m, Guard: 10000 * time.Hour}.Play(t, server, func(p *wiretest.Peer) { script(p, f) })
	conn := wakeable(t, f)
	cfg.Dialer = func(context.Context, string, string) (net.Conn, error) { return conn, nil }
	if cfg.TLS = m.ClientTLS(); cfg.TLS != nil {
		cfg.TLS.ServerName = "localhost"
	}
	c, err := dugong.New("origin.test:1", &cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() }) // a row that failed would hold up the end of the bubble
	return &rig{c, t, m, bubbleContext(t)}
}

// noneBorrowed checks that the connections of the row have given back their buffers.
func noneBorrowed(t *testing.T, row string) {
	t.Helper()
	if n := dugong.BorrowedWindows(); n != 0 {
		t.Fatalf("%s: %d read buffers were not given back", row, n)
	}
}

// tally logs how many rows of a topic were run, in the form that `make strict`
// sums up.
func tally(t testing.TB, topic string, n int) {
	t.Helper()
	t.Logf("strict: %d %s", n, topic)
}

// asError is err as the one error type.
func asError(t *testing.T, row string, err error) *dugong.Error {
	t.Helper()
	var e *dugong.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s: %v (%T) is no *Error", row, err, err)
	}
	return e
}

// stride is how far apart the rows of a table are: every octet. Where a row is
// slow, by a TLS handshake or by writes of single octets, and where it was run
// already in another way to wait, it is more, unless DUGONG_STRICT asks for all, as `make strict` does.
func stride(m wiretest.Mode, step int) int {
	n := 1
	if m.TLS {
		n *= 7
	}
	if step > 0 {
		n *= 7
	}
	if m.Wait != "" {
		n *= 5
	}
	if os.Getenv("DUGONG_STRICT") != "" {
		n = 1
	}
	return n
}
