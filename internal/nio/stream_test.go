package nio

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

const guard = 10 * time.Second

// A pair is a stream under test and its peer, which blocks.
type pair struct {
	*testing.T
	s    Stream
	peer net.Conn
}

// eachStream runs f for a socket, for the same socket behind a pump, and for a
// net.Pipe, which only a pump can serve.
func eachStream(t *testing.T, f func(pair)) {
	t.Helper()
	for name, dial := range map[string]func(*testing.T) (net.Conn, net.Conn){
		"tcp":         tcpPair,
		"pumped tcp":  func(t *testing.T) (net.Conn, net.Conn) { a, b := tcpPair(t); return hidden{a}, b },
		"pumped pipe": func(*testing.T) (net.Conn, net.Conn) { return net.Pipe() },
	} {
		t.Run(name, func(t *testing.T) {
			c, peer := dial(t)
			s := NewStream(c)
			defer s.Close()
			defer peer.Close()
			peer.SetDeadline(time.Now().Add(guard))
			f(pair{t, s, peer})
		})
	}
}

// hidden hides that a connection has a descriptor.
type hidden struct{ net.Conn }

func tcpPair(t *testing.T) (net.Conn, net.Conn) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	peer, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return c, peer
}

func soon() time.Time { return time.Now().Add(guard) }

// read tries and waits until something has come.
func (p pair) read(b []byte) (int, error) {
	p.Helper()
	for {
		n, err := p.s.TryRead(b)
		if !errors.Is(err, ErrWouldBlock) {
			return n, err
		}
		if err := p.s.Wait(context.Background(), In, soon()); err != nil {
			p.Fatalf("waiting: %v", err)
		}
	}
}

func (p pair) write(b []byte) {
	p.Helper()
	for {
		n, err := p.s.TryWrite(b)
		if b = b[n:]; len(b) == 0 && err == nil {
			return
		}
		if err != nil && !errors.Is(err, ErrWouldBlock) {
			p.Fatal(err)
		}
		if err := p.s.Wait(context.Background(), Out, soon()); err != nil {
			p.Fatalf("waiting: %v", err)
		}
	}
}

// begin starts a wait and gives its end.
func (p pair) begin(ctx context.Context, want Events, deadline time.Time) <-chan error {
	done := make(chan error, 1)
	go func() { done <- p.s.Wait(ctx, want, deadline) }()
	return done
}

func (p pair) ends(done <-chan error) error {
	p.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(guard):
		p.Fatal("the wait does not end")
		return nil
	}
}

// refused is the error of a wait that has nothing to wait for. A wait may end
// early without a reason, but not for ever.
func (p pair) refused(ctx context.Context, want Events, limit time.Duration) (err error) {
	p.Helper()
	for range 5 {
		if err = p.ends(p.begin(ctx, want, time.Now().Add(limit))); err != nil {
			break
		}
	}
	return err
}

// quiet makes the stream one on which reading and, with full, writing would block.
func (p pair) quiet(full bool) {
	p.Helper()
	if n, err := p.s.TryRead(make([]byte, 1)); n != 0 || !errors.Is(err, ErrWouldBlock) {
		p.Fatalf("TryRead on silence: %d, %v", n, err)
	}
	block := make([]byte, 1<<20)
	for full {
		n, err := p.s.TryWrite(block)
		if errors.Is(err, ErrWouldBlock) && n == 0 {
			return
		}
		if err != nil && !errors.Is(err, ErrWouldBlock) {
			p.Fatal(err)
		}
		// The peer's system may take a little more still.
		if err := p.s.Wait(context.Background(), Out, time.Now().Add(20*time.Millisecond)); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				p.Fatal(err)
			}
			return
		}
	}
}

func TestStreamTries(t *testing.T) {
	eachStream(t, func(p pair) {
		p.quiet(false)
		if n, err := p.s.TryRead(nil); n != 0 || err != nil && !errors.Is(err, ErrWouldBlock) {
			p.Errorf("an empty read: %d, %v", n, err)
		}
		if n, err := p.s.TryWrite(nil); n != 0 || err != nil {
			p.Errorf("an empty write: %d, %v", n, err)
		}
		go io.Copy(p.peer, p.peer) // an echo
		p.write([]byte("hello"))
		got := make([]byte, 0, 5)
		for len(got) < 5 {
			n, err := p.read(got[len(got):min(len(got)+2, 5)])
			if err != nil {
				p.Fatal(err)
			}
			got = got[:len(got)+n]
		}
		if string(got) != "hello" {
			p.Errorf("%q", got)
		}
	})
}

// All octets arrive in order, also when both directions are full of them.
func TestStreamBothDirections(t *testing.T) {
	const size = 3 << 20
	eachStream(t, func(p pair) {
		copied := make(chan struct{})
		go func() { io.CopyN(p.peer, p.peer, size); close(copied) }()
		out, in, buf := 0, 0, make([]byte, 100_000)
		for in < size {
			moved := false
			if out < size {
				for i := range buf {
					buf[i] = byte((out + i) % 251)
				}
				n, err := p.s.TryWrite(buf[:min(len(buf), size-out)])
				if out += n; n > 0 {
					moved = true
				}
				if err != nil && !errors.Is(err, ErrWouldBlock) {
					p.Fatal(err)
				}
			}
			n, err := p.s.TryRead(buf)
			for i, c := range buf[:n] {
				if c != byte((in+i)%251) {
					p.Fatalf("octet %d is wrong", in+i)
				}
			}
			if in += n; n > 0 {
				moved = true
			}
			if err != nil && !errors.Is(err, ErrWouldBlock) {
				p.Fatal(err)
			}
			want := In
			if out < size {
				want |= Out
			}
			if !moved {
				if err := p.s.Wait(context.Background(), want, soon()); err != nil {
					p.Fatalf("%d out, %d in: %v", out, in, err)
				}
			}
		}
		<-copied
	})
}

func TestStreamEnd(t *testing.T) {
	eachStream(t, func(p pair) {
		go func() {
			p.peer.Write([]byte("last"))
			p.peer.Close()
		}()
		var got []byte
		buf := make([]byte, 3)
		for {
			n, err := p.read(buf)
			got = append(got, buf[:n]...)
			if err == io.EOF {
				break
			}
			if err != nil {
				p.Fatal(err)
			}
		}
		if _, err := p.read(buf); string(got) != "last" || err != io.EOF {
			p.Errorf("%q, then %v", got, err)
		}
	})
}

// A wait ends for each of its reasons, in each direction and in both.
func TestStreamWaitEnds(t *testing.T) {
	cause := errors.New("enough")
	for name, want := range map[string]Events{"in": In, "out": Out, "both": In | Out} {
		eachStream(t, func(p pair) {
			p.quiet(want&Out != 0)
			background := context.Background()
			if err := p.refused(background, want, 10*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
				p.Errorf("%s: at the deadline: %v", name, err)
			}
			if err := p.refused(background, want, -time.Second); !errors.Is(err, os.ErrDeadlineExceeded) {
				p.Errorf("%s: after the deadline: %v", name, err)
			}
			ctx, cancel := context.WithCancelCause(background)
			waiting := p.begin(ctx, want, soon())
			cancel(cause)
			err := p.ends(waiting)
			if err == nil {
				err = p.refused(ctx, want, guard)
			}
			if err != cause {
				p.Errorf("%s: cancelled: %v", name, err)
			}
			if err := p.refused(ctx, want, guard); err != cause {
				p.Errorf("%s: cancelled before: %v", name, err)
			}
			if err := p.refused(background, want, 10*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
				p.Errorf("%s: after a cancelled wait: %v", name, err)
			}
			waiting = p.begin(background, want, soon())
			p.s.Close()
			if err = p.ends(waiting); err == nil {
				err = p.refused(background, want, guard)
			}
			if !errors.Is(err, net.ErrClosed) {
				p.Errorf("%s: closed: %v", name, err)
			}
			if _, err := p.s.TryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
				p.Errorf("a write after Close: %v", err)
			}
		})
	}
}

// A wake is never lost: not before the wait, not at its very beginning, not while
// another wait is under way.
func TestStreamWake(t *testing.T) {
	for name, want := range map[string]Events{"in": In, "out": Out, "both": In | Out} {
		eachStream(t, func(p pair) {
			p.quiet(want&Out != 0)
			for i := range 200 {
				if i%2 == 0 {
					p.s.Wake(want)
					if err := p.ends(p.begin(context.Background(), want, soon())); err != nil {
						p.Fatalf("%s, woken before: %v", name, err)
					}
					continue
				}
				waiting := p.begin(context.Background(), want, soon())
				p.s.Wake(want)
				if err := p.ends(waiting); err != nil {
					p.Fatalf("%s, woken at once: %v", name, err)
				}
			}
		})
	}
}

// A reader and a sender that looks both ways wait at the same time, and what
// comes ends both; a wake of one direction ends who waits there.
func TestStreamTwoWaiters(t *testing.T) {
	eachStream(t, func(p pair) {
		p.quiet(true)
		for range 50 {
			reader, sender := p.begin(context.Background(), In, soon()), p.begin(context.Background(), In|Out, soon())
			p.s.Wake(Out) // the sender's
			if err := p.ends(sender); err != nil {
				p.Fatal(err)
			}
			p.s.Wake(In)
			if err := p.ends(reader); err != nil {
				p.Fatal(err)
			}
		}
		reader, sender := p.begin(context.Background(), In, soon()), p.begin(context.Background(), In|Out, soon())
		go p.peer.Write([]byte("x"))
		for _, done := range []<-chan error{reader, sender} {
			if err := p.ends(done); err != nil {
				p.Fatal(err)
			}
		}
		if n, err := p.read(make([]byte, 5)); n != 1 || err != nil {
			p.Errorf("%d, %v", n, err)
		}
	})
}
