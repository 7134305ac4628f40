package nio

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// A slow connection gives at most seven octets a read, as the net may.
type slow struct{ net.Conn }

func (s slow) Read(p []byte) (int, error) { return s.Conn.Read(p[:min(7, len(p))]) }

// secured makes a Transport with TLS on c, and the server's side of it.
func secured(t *testing.T, c, peer net.Conn) (*Transport, *tls.Conn) {
	t.Helper()
	server := tls.Server(peer, wiretest.ServerTLS(0, 0))
	shaken := make(chan error, 1)
	go func() { shaken <- server.Handshake() }()
	tr := NewTransport(c)
	cfg := wiretest.ClientTLS()
	cfg.ServerName = "localhost"
	if err := tr.StartTLS(context.Background(), cfg, guard); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tr.Close(); peer.Close() })
	return tr, server
}

func readTransport(t *testing.T, tr *Transport, n int) (string, error) {
	t.Helper()
	var got []byte
	buf := make([]byte, 1000)
	for len(got) < n {
		m, err := tr.TryRead(buf[:min(len(buf), n-len(got))])
		got = append(got, buf[:m]...)
		if errors.Is(err, ErrWouldBlock) {
			err = tr.Wait(context.Background(), In, guard)
		}
		if err != nil {
			return string(got), err
		}
	}
	return string(got), nil
}

// Octets come in sevens, records are cut everywhere: crypto/tls keeps its place.
func TestTransportSevenOctets(t *testing.T) {
	c, peer := tcpPair(t)
	tr, server := secured(t, slow{c}, peer)
	text := strings.Repeat("all of it ", 5000)
	go func() {
		for i := 0; i < len(text); i += 999 {
			io.WriteString(server, text[i:min(i+999, len(text))])
		}
	}()
	if got, err := readTransport(t, tr, len(text)); got != text || err != nil {
		t.Errorf("%d octets, %v", len(got), err)
	}
}

// The clean end is io.EOF, an end without close_notify is told apart, and one
// inside a record is unexpected; again each time.
func TestTransportEnd(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(server *tls.Conn, peer net.Conn)
		want error
	}{
		"close_notify":  {func(s *tls.Conn, _ net.Conn) { s.Close() }, io.EOF},
		"FIN alone":     {func(_ *tls.Conn, p net.Conn) { p.Close() }, ErrNoCloseNotify},
		"inside record": {func(_ *tls.Conn, p net.Conn) { p.Write([]byte("\x17\x03\x03\x00\x20abc")); p.Close() }, io.ErrUnexpectedEOF},
	} {
		client, peer := tcpPair(t)
		tr, server := secured(t, client, peer)
		io.WriteString(server, "text")
		if got, err := readTransport(t, tr, 4); got != "text" || err != nil {
			t.Fatalf("%s: %q, %v", name, got, err)
		}
		c.end(server, peer)
		for range 2 {
			if got, err := readTransport(t, tr, 1); got != "" || err != c.want {
				t.Errorf("%s: %q, %v, want %v", name, got, err, c.want)
			}
		}
	}
}

// Handed counts what may have left: without TLS exactly, with TLS rounded up to
// what was sealed together; Sent counts what was taken.
func TestTransportHanded(t *testing.T) {
	c, peer := tcpPair(t)
	plain := NewTransport(c)
	defer plain.Close()
	defer peer.Close()
	var n int
	for err := error(nil); err == nil; {
		var m int
		m, err = plain.TryWrite(make([]byte, 1<<20))
		n += m
	}
	if plain.Sent() != int64(n) || plain.Handed() != int64(n) || plain.Unpushed() {
		t.Errorf("%d taken, %d sent, %d handed", n, plain.Sent(), plain.Handed())
	}

	c, peer = tcpPair(t)
	tr, server := secured(t, c, peer)
	if tr.Handed() != 0 || tr.Sent() != 0 {
		t.Errorf("the handshake counts: %d handed, %d sent", tr.Handed(), tr.Sent())
	}
	taken, last := int64(0), int64(0)
	for err := error(nil); err == nil; {
		var m int
		m, err = tr.TryWrite(make([]byte, 100_000))
		taken += int64(m)
		if h := tr.Handed(); h < last || h > tr.Sent() || tr.Sent() != taken {
			t.Fatalf("%d taken, %d sent, %d handed, %d before", taken, tr.Sent(), h, last)
		}
		last = tr.Handed()
	}
	if !tr.Unpushed() || !errors.Is(tr.Push(), ErrWouldBlock) || taken-tr.Handed() > 2*maxSealed {
		t.Errorf("unpushed %v, %d taken, %d handed", tr.Unpushed(), taken, tr.Handed())
	}
	got := make(chan int64, 1)
	go func() {
		n, _ := io.CopyN(io.Discard, server, taken)
		got <- n
	}()
	for tr.Unpushed() {
		if err := tr.Push(); err != nil && tr.Wait(context.Background(), Out, guard) != nil {
			t.Fatal(err)
		}
	}
	if tr.Handed() != taken || <-got != taken {
		t.Errorf("%d taken, %d handed", taken, tr.Handed())
	}
}

// Wait counts inactivity: what moves in either direction begins it anew, the
// limit does not move.
func TestTransportInactivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := net.Pipe()
		tr := NewTransport(c)
		defer tr.Close()
		defer peer.Close()
		begin := time.Now()
		go func() {
			for range 3 {
				time.Sleep(6 * time.Second)
				peer.Write([]byte("x"))
			}
		}()
		err := error(nil)
		for n := 0; err == nil; {
			if n, err = tr.TryRead(make([]byte, 1)); errors.Is(err, ErrWouldBlock) || n > 0 {
				err = tr.Wait(context.Background(), In, 10*time.Second)
			}
		}
		if d := time.Since(begin); d != 28*time.Second || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v after %v", err, d)
		}
		begin = time.Now()
		err = tr.WaitUntil(context.Background(), In, 10*time.Second, begin.Add(3*time.Second))
		if d := time.Since(begin); d != 3*time.Second || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the limit: %v after %v", err, d)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		begin = time.Now()
		if err := tr.Wait(ctx, In, -1); err != context.DeadlineExceeded || time.Since(begin) != time.Hour {
			t.Errorf("without a timeout: %v after %v", err, time.Since(begin))
		}
	})
}

// A recorder waits for nothing and keeps the deadline that it was given.
type recorder struct {
	blocking
	deadline time.Time
}

func (r *recorder) Wait(_ context.Context, _ Stream, _ Events, deadline time.Time) error {
	r.deadline = deadline
	return nil
}

// A timeout near the largest Duration is not over before it has begun, also
// when the connection is old.
func TestTransportLongInactivity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, peer := net.Pipe()
		defer peer.Close()
		tr := NewTransport(c)
		defer tr.Close()
		for range 3 {
			for _, idle := range []time.Duration{math.MaxInt64, math.MaxInt64 - time.Hour, time.Hour} {
				var r recorder
				if err := tr.Wait(WithWaiter(t.Context(), &r), In, idle); err != nil {
					t.Fatal(err)
				}
				if left := time.Until(r.deadline); left < time.Hour {
					t.Errorf("inactivity of %v: %v left", idle, left)
				}
			}
			time.Sleep(2 * time.Hour)
		}
	})
}

// Trace sees plain octets in their order.
func TestTransportTrace(t *testing.T) {
	c, peer := tcpPair(t)
	tr, server := secured(t, c, peer)
	var log strings.Builder
	tr.Trace = func(sent bool, p []byte) {
		if sent {
			log.WriteByte('>')
		} else {
			log.WriteByte('<')
		}
		log.Write(p)
	}
	go io.CopyN(server, server, 4)
	if n, err := tr.TryWrite([]byte("ping")); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	if got, err := readTransport(t, tr, 4); got != "ping" || err != nil {
		t.Fatal(got, err)
	}
	if log.String() != ">ping<ping" {
		t.Errorf("%q", log.String())
	}
}
