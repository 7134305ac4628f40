//go:build unix

package nio

import (
	"io"
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// A try is one direction's system call, inside the closure that RawConn
// demands: made once, so that a try allocates nothing.
type try struct {
	p   []byte
	n   int
	err syscall.Errno // 0: none
	f   func(fd uintptr)

	moved  int // octets since the deadline was looked at
	unseen atomic.Int64
}

func (s *sock) TryRead(p []byte) (int, error) {
	if s.closing.Load() {
		return 0, net.ErrClosed
	}
	if s.r.expired(&s.reads.moved) {
		return 0, errForeignDeadline
	}
	if len(p) == 0 {
		return 0, nil
	}
	t := &s.reads
	t.p = p
	err := s.rc.Control(t.f)
	t.p = nil
	if err != nil {
		return 0, err
	}
	t.moved += max(0, t.n)
	return readResult(t.n, t.err)
}

func (s *sock) TryWrite(p []byte) (int, error) {
	if s.closing.Load() {
		return 0, net.ErrClosed
	}
	if s.w.expired(&s.writes.moved) {
		return 0, errForeignDeadline
	}
	t := &s.writes
	t.p, t.n, t.err = p, 0, 0
	err := s.rc.Control(t.f)
	t.p = nil
	t.moved += t.n
	switch {
	case err != nil:
		return t.n, err
	case t.err == syscall.EAGAIN:
		return t.n, ErrWouldBlock
	case t.err != 0:
		return t.n, os.NewSyscallError("write", t.err)
	}
	return t.n, nil
}

func (t *try) read(fd uintptr) {
	t.n, t.err = readOnce(fd, t.p, &t.unseen)
}

// maxPiece is how much of a large write one system call hands over. It is what
// fits one segment of the loopback interface (65,483 octets): a call with more
// sends its last part as a small segment of its own, and with four times as much
// the receiver finds little of it in the processor's cache. Half the CPU of
// calls with 256 KiB, measured.
const maxPiece = 60 << 10

// write goes on until all is taken or no more is.
func (t *try) write(fd uintptr) {
	for t.n < len(t.p) {
		n, err := sysWrite(int(fd), t.p[t.n:min(len(t.p), t.n+maxPiece)], &t.unseen)
		if err == syscall.EINTR {
			continue
		}
		if err != 0 {
			t.err = err
			return
		}
		t.n += n
	}
}

func readOnce(fd uintptr, p []byte, unseen *atomic.Int64) (n int, err syscall.Errno) {
	for {
		n, err = sysRead(int(fd), p, unseen)
		if err != syscall.EINTR {
			return n, err
		}
	}
}

// readResult puts the outcome of read(2) into the terms of TryRead.
func readResult(n int, err syscall.Errno) (int, error) {
	switch {
	case err == syscall.EAGAIN:
		return 0, ErrWouldBlock
	case err != 0:
		return 0, os.NewSyscallError("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}
