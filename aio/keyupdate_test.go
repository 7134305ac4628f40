//go:build unix

package aio_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The server asks for new keys, with an answer (K) and without one (k), while
// the sending task is suspended because the server takes nothing. A lock that
// a suspended write held would stop the reading task, and with it the loop,
// for ever.
func TestKeyUpdateWhileSenderSuspended(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		wiretest.Lacking(t, "openssl", err)
	}
	l := newLoop(t)
	s := startOpenSSL(t)
	c := newConn(t, s.addr, &dugong.Config{TLS: wiretest.ClientTLS(), ReaderWaits: true})

	const piece, pieces = 100_000, 200
	sent := 0
	send := do(l, func(ctx context.Context) error {
		if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Body: dugong.BodyFollowing(piece * pieces)}); err != nil {
			return err
		}
		for range pieces {
			if _, err := c.Write(bytes.Repeat([]byte("~"), piece)); err != nil {
				return err
			}
			sent++
		}
		return c.Flush(ctx)
	})
	read := do(l, func(ctx context.Context) error {
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return err
		}
		if resp.Status != 204 {
			return fmt.Errorf("status %d", resp.Status)
		}
		c.Close()
		return nil
	})
	do(l, func(ctx context.Context) error {
		for i, key := range []string{"K\n", "k\n", "K\n", "K\n"} {
			for last := -1; last != sent; aio.Sleep(ctx, 20*time.Millisecond) {
				last = sent
			}
			if sent == pieces {
				t.Error("the sender was never stuck")
			}
			io.WriteString(s.in, key)
			// It looks at its keys when it gets rid of some output, and takes
			// what it finds there for one key.
			for from, _ := s.updates(t); from <= i; from, _ = s.updates(t) {
				s.take(piece)
				if err := aio.Sleep(ctx, 2*time.Millisecond); err != nil {
					return err
				}
			}
		}
		s.take(piece * pieces)
		if _, err := send.Wait(ctx); err != nil {
			return err
		}
		for s.taken() < piece*pieces {
			aio.Sleep(ctx, time.Millisecond)
		}
		io.WriteString(s.in, "HTTP/1.1 204 No Content\r\n\r\n")
		_, err := read.Wait(ctx)
		return err
	})
	run(t, l)
	ok(t, send)
	ok(t, read)
	s.stop()
	if from, back := s.updates(t); from != 4 || back < 1 {
		t.Errorf("%d updates of the server's keys, %d of ours", from, back)
	}
}

// openSSL is a server that passes on what it gets at the pace of the test.
type openSSL struct {
	addr string
	log  string
	in   io.WriteCloser
	stop func()

	mu   sync.Mutex
	more *sync.Cond
	may  int // how many tildes the test has allowed so far
	has  int // how many have come
}

func startOpenSSL(t *testing.T) *openSSL {
	t.Helper()
	dir := t.TempDir()
	pem := wiretest.WritePEM(t, dir)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &openSSL{addr: ln.Addr().String(), log: filepath.Join(dir, "log")}
	s.more = sync.NewCond(&s.mu)
	ln.Close()
	cmd := exec.Command("openssl", "s_server", "-tls1_3", "-accept", s.addr, "-naccept", "1", "-cert", pem.Cert, "-key", pem.Key, "-msg", "-msgfile", s.log)
	if s.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	up, over := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(over)
		s.read(out, up)
	}()
	s.stop = sync.OnceFunc(func() {
		s.take(1 << 30)
		s.in.Close()
		cmd.Process.Kill()
		cmd.Wait()
		<-over
		out.Close()
	})
	t.Cleanup(s.stop)
	select {
	case <-up:
	case <-over:
		t.Fatal("openssl s_server did not start")
	}
	return s
}

// read takes the output of the server as far as the test allows it.
func (s *openSSL) read(out io.Reader, up chan struct{}) {
	buf := make([]byte, 64<<10)
	var began bool
	for {
		n, err := out.Read(buf)
		if err != nil {
			return
		}
		if !began && bytes.Contains(buf[:n], []byte("ACCEPT")) {
			began = true
			close(up)
		}
		s.mu.Lock()
		s.has += bytes.Count(buf[:n], []byte("~"))
		for s.has >= s.may && began && s.has > 0 {
			s.more.Wait()
		}
		s.mu.Unlock()
	}
}

// take allows n more octets of the body.
func (s *openSSL) take(n int) {
	s.mu.Lock()
	s.may += n
	s.more.Broadcast()
	s.mu.Unlock()
}

// updates counts the key updates of both sides so far.
func (s *openSSL) updates(t *testing.T) (from, back int) {
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Error(err)
	}
	const update = " TLS 1.3, Handshake [length 0005], KeyUpdate"
	return bytes.Count(log, []byte(">>>"+update)), bytes.Count(log, []byte("<<<"+update))
}

func (s *openSSL) taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.has
}
