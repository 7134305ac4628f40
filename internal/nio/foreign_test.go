package nio_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
)

// A deadline that the maker of a connection has set ends the waits, whatever
// inactivity timeout there is, and however often it is tried.
func TestForeignDeadline(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tr := nio.NewTransport(c)
	defer tr.Close()
	c.SetDeadline(time.Now().Add(20 * time.Millisecond))
	for _, idle := range []time.Duration{0, time.Hour} {
		if err := tr.Wait(t.Context(), nio.In, idle); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("idle %v: got %v, want a timeout", idle, err)
		}
	}
}

// It strikes also where there is always something to read or room to write.
func TestForeignDeadlineWithoutWaiting(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for err == nil {
			_, err = c.Write(make([]byte, 64<<10))
		}
	}()
	c, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	tr := nio.NewTransport(c)
	defer tr.Close()
	c.SetReadDeadline(time.Unix(1, 0))
	buf := make([]byte, 64<<10)
	for sum := 0; ; {
		n, err := tr.TryRead(buf)
		if sum += n; err != nil && !errors.Is(err, nio.ErrWouldBlock) {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatalf("got %v, want a timeout", err)
			}
			return
		}
		if sum > 64<<20 {
			t.Fatal("the deadline was never noticed")
		}
	}
}
