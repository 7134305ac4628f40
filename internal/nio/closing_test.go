//go:build linux && !race

// Not with the race detector, under which sockets are read by package syscall.

package nio_test

import (
	"errors"
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/dugong-http/dugong/internal/nio"
)

// socket gives one end of a connection over loopback; the other one is silent.
func socket(t *testing.T) *net.TCPConn {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); far.Close() })
	return c.(*net.TCPConn)
}

// A socket that somebody has made a blocking one, as os.File.Fd does, is tried
// without waiting all the same: a call that waited would hold up the process.
func TestTryOnABlockingSocket(t *testing.T) {
	c := socket(t)
	f, err := c.File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK != 0 {
		t.Fatalf("the socket is not a blocking one: %#x, %v", flags, err)
	}
	s := nio.NewStream(c)
	if n, err := s.TryRead(make([]byte, 1)); n != 0 || !errors.Is(err, nio.ErrWouldBlock) {
		t.Fatalf("read %d, %v", n, err)
	}
	for {
		if _, err := s.TryWrite(make([]byte, 60_000)); errors.Is(err, nio.ErrWouldBlock) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// Who polls a descriptor hears of Close while the number is still its own, and
// what it does then shows that the connection is closed.
func TestCloseWakesBefore(t *testing.T) {
	c := socket(t)
	s := nio.NewStream(c)
	fd, _ := s.FD()
	woken := 0
	w := &nio.Watcher{}
	w.Wake = func() {
		woken++
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
			t.Errorf("woken with a descriptor that is closed: %v", err)
		}
		if _, err := s.TryRead(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a read then: %v", err)
		}
		if _, err := s.TryWrite([]byte("x")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("a write then: %v", err)
		}
	}
	if !s.Watch(w, nio.In) {
		t.Fatal("not watched")
	}
	s.Close()
	if woken != 1 {
		t.Fatalf("woken %d times", woken)
	}
	for range 3 { // the first ones may use up wakes
		if s.Watch(w, nio.In) {
			t.Fatal("a closed connection can be watched")
		}
	}
}
