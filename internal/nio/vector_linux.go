package nio

import (
	"net"
	"os"
	"sync/atomic"
	"syscall"
)

// A vectored Stream tries several pieces of memory in one system call.
type vectored interface {
	TryReadv(p [][]byte) (int, error)
	TryWritev(p [][]byte) (int, error)
}

func (s *sock) TryReadv(p [][]byte) (n int, err error) {
	if s.closing.Load() {
		return 0, net.ErrClosed
	}
	if s.r.expired(&s.reads.moved) {
		return 0, errForeignDeadline
	}
	cerr := s.rc.Control(func(fd uintptr) { n, err = again(sysReadv, fd, p, &s.reads.unseen) })
	if cerr != nil {
		return 0, cerr
	}
	s.reads.moved += max(0, n)
	return readResult(n, errnoOf(err))
}

// TryWritev makes one attempt: n may be less than there is without an error.
func (s *sock) TryWritev(p [][]byte) (n int, err error) {
	if s.closing.Load() {
		return 0, net.ErrClosed
	}
	if s.w.expired(&s.writes.moved) {
		return 0, errForeignDeadline
	}
	cerr := s.rc.Control(func(fd uintptr) { n, err = again(sysWritev, fd, p, &s.writes.unseen) })
	n = max(0, n)
	s.writes.moved += n
	switch {
	case cerr != nil:
		return n, cerr
	case err == syscall.EAGAIN:
		return n, ErrWouldBlock
	case err != nil:
		return n, os.NewSyscallError("writev", err)
	}
	return n, nil
}

type vectorCall = func(fd int, p [][]byte, unseen *atomic.Int64) (int, error)

func again(call vectorCall, fd uintptr, p [][]byte, unseen *atomic.Int64) (n int, err error) {
	for {
		if n, err = call(int(fd), p, unseen); err != syscall.EINTR {
			return n, err
		}
	}
}
