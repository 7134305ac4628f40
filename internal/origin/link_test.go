package origin

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

// wayBetween gives the outer ends of a way through two pipes.
func wayBetween(delay time.Duration, earliest time.Time) (in, out net.Conn, done chan struct{}) {
	return runWay(func(a, b net.Conn) *way { return newWay(a, b, delay, earliest) })
}

// wayBetweenSlow is one with slow start.
func wayBetweenSlow(rtt time.Duration) (in, out net.Conn, done chan struct{}) {
	return runWay(func(a, b net.Conn) *way {
		w := newWay(a, b, rtt/2, time.Time{})
		w.slow = &slowStart{rtt: rtt}
		return w
	})
}

func runWay(between func(a, b net.Conn) *way) (in, out net.Conn, done chan struct{}) {
	in, a := net.Pipe()
	b, out := net.Pipe()
	done = make(chan struct{})
	go func() {
		defer close(done)
		between(a, b).run()
		a.Close()
		b.Close()
	}()
	return in, out, done
}

// Pieces that are sent one after the other are under way together: each takes
// the delay, and none waits for the one before.
func TestWayDelaysEachPieceAlike(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay, gap = 25 * time.Millisecond, time.Millisecond
		in, out, done := wayBetween(delay, time.Time{})
		begin := time.Now()
		go func() {
			for i := range 100 {
				in.Write([]byte{byte(i)})
				time.Sleep(gap) // the bubble's clock: this is when the next one is sent
			}
			in.Close()
		}()
		for i := range 100 {
			var b [1]byte
			if _, err := io.ReadFull(out, b[:]); err != nil || b[0] != byte(i) {
				t.Fatalf("piece %d: %d, %v", i, b[0], err)
			}
			if got, want := time.Since(begin), delay+time.Duration(i)*gap; got != want {
				t.Fatalf("piece %d came after %v, want %v", i, got, want)
			}
		}
		if _, err := out.Read(make([]byte, 1)); err != io.EOF {
			t.Error(err)
		}
		if got, want := time.Since(begin), delay+100*gap; got != want {
			t.Errorf("the end came after %v, want %v", got, want)
		}
		<-done
	})
}

// What is sent before the connection would have been there counts as sent then.
func TestConnectingTakesARoundTrip(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt = 50 * time.Millisecond
		begin := time.Now()
		in, out, done := wayBetween(rtt/2, begin.Add(rtt))
		in.Write([]byte("x"))
		io.ReadFull(out, make([]byte, 1))
		if got := time.Since(begin); got != rtt+rtt/2 {
			t.Errorf("%v", got)
		}
		in.Close()
		<-done
	})
}

// A hundred megabytes are under way for as long as one octet.
func TestWayDoesNotLimitBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = time.Second / 2
		in, out, done := wayBetween(delay, time.Time{})
		begin := time.Now()
		const pieces, size = 100, 1 << 20
		go func() {
			p := bytes.Repeat([]byte("x"), size)
			for range pieces {
				in.Write(p)
			}
			in.Close()
		}()
		n, err := io.Copy(io.Discard, out)
		if got := time.Since(begin); n != pieces*size || err != nil || got != delay {
			t.Errorf("%d octets in %v, %v", n, got, err)
		}
		<-done
	})
}

// Somebody who does not read stops the sender, rather than fill the memory.
func TestWayIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, out, done := wayBetween(0, time.Time{})
		written := 0
		go func() {
			p := make([]byte, 64<<10)
			for {
				if _, err := in.Write(p); err != nil {
					return
				}
				written += len(p)
			}
		}()
		synctest.Wait()
		if written < 4<<20 || written > 5<<20 {
			t.Errorf("%d octets under way", written)
		}
		out.Close() // the sender learns that
		<-done
		if _, err := in.Write([]byte("x")); err == nil {
			t.Error("the near end is open still")
		}
	})
}

// What is being delivered takes up room still, even where pieces that left
// together have become one that is all there is.
func TestWayIsBoundedInOnePiece(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, a := net.Pipe()
		b, out := net.Pipe()
		w := newWay(a, b, 0, time.Time{})
		go w.fill()
		written := 0
		go func() {
			p := make([]byte, 64<<10)
			for {
				if _, err := in.Write(p); err != nil {
					return
				}
				written += len(p)
			}
		}()
		synctest.Wait() // all the room is taken, at one moment of the bubble's clock
		before := written
		if len(w.pieces) != 1 || before < 4<<20 {
			t.Fatalf("%d octets in %d pieces", before, len(w.pieces))
		}
		go w.empty()
		synctest.Wait()
		if written != before {
			t.Errorf("%d octets more under way, though none was delivered", written-before)
		}
		out.Close()
	})
}

// The end of one direction leaves the other one open.
func TestHalfClose(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Expect("question")
		p.ExpectEOF()
		p.Send("answer")
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := StartLink(ln, srv.Addr, Path{RTT: time.Millisecond})
	defer l.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "question")
	c.(*net.TCPConn).CloseWrite()
	if got, err := io.ReadAll(c); string(got) != "answer" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}
