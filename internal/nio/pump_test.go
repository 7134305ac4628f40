package nio_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
)

// The last words arrive, however slowly the peer takes them.
func TestPumpCloseWhileWriting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		s := nio.NewStream(client)
		want := strings.Repeat("sealed", 20)
		s.TryRead(nil) // from now on it reads ahead
		if n, err := s.TryWrite([]byte(want)); n != len(want) || err != nil {
			t.Fatalf("took %d, %v", n, err)
		}
		s.(interface{ Linger() }).Linger()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n, err := s.TryWrite([]byte("more")); n != 0 || err == nil {
			t.Fatalf("after Close it took %d, %v", n, err)
		}
		go server.Write([]byte("too late"))
		time.Sleep(time.Millisecond)
		if n, err := s.TryRead(make([]byte, 9)); n != 0 || !errors.Is(err, net.ErrClosed) {
			t.Fatalf("after Close it gave %d, %v", n, err)
		}
		var got []byte
		var err error
		for one := make([]byte, 1); err == nil; time.Sleep(10 * time.Millisecond) {
			var n int
			n, err = server.Read(one)
			got = append(got, one[:n]...)
		}
		if string(got) != want || err != io.EOF {
			t.Fatalf("got %q, %v", got, err)
		}
	})
}

// A peer that takes nothing does not keep the connection.
func TestPumpCloseWhileStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		s := nio.NewStream(client)
		s.TryWrite([]byte("never taken"))
		s.(interface{ Linger() }).Linger()
		start := time.Now()
		s.Close()
		if took := time.Since(start); took != 0 {
			t.Fatalf("Close waited %v", took)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if _, err := server.Read(make([]byte, 1)); err != io.EOF {
			t.Fatalf("after a minute: %v", err)
		}
	})
}

// A request that the peer has not read yet is cut off.
func TestPumpCloseInARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		s := nio.NewStream(client)
		s.TryWrite([]byte("GET / HTTP/1.1"))
		s.Close()
		if n, err := server.Read(make([]byte, 1)); n > 0 || err != io.EOF {
			t.Fatalf("the peer read %d, %v", n, err)
		}
	})
}

// After Release a Write returns when the peer's side has all of it, so that a
// Close behind it cuts nothing: the last words of TLS are such a Write.
func TestPumpedWriteIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		defer server.Close()
		c := nio.NewTransport(client).Release()
		returned := false
		go func() {
			if n, err := c.Write([]byte("close_notify")); n != 12 || err != nil {
				t.Errorf("wrote %d, %v", n, err)
			}
			returned = true
			c.Close()
		}()
		one := make([]byte, 1)
		server.Read(one)
		if synctest.Wait(); returned {
			t.Fatal("Write returned with one octet taken")
		}
		if rest, err := io.ReadAll(server); string(rest) != "lose_notify" || err != nil {
			t.Fatalf("then came %q, %v", rest, err)
		}
	})
}

// A deadline ends such a Write; an error of the connection is its error.
func TestPumpedWriteFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		c := nio.NewTransport(client).Release()
		defer c.Close()
		c.SetWriteDeadline(time.Now().Add(time.Second))
		if _, err := c.Write([]byte("never taken")); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("after the deadline: %v", err)
		}
		c.SetWriteDeadline(time.Time{})
		server.Close()
		if _, err := c.Write([]byte("no peer")); !errors.Is(err, io.ErrClosedPipe) {
			t.Fatalf("to nobody: %v", err)
		}
	})
}
