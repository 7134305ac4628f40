package nio

import (
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// A vectored Stream writes up to maxPieces pieces of memory in one system call.
type vectored interface {
	TryWritev(p [][]byte) (int, error)
}

const maxPieces = 4

// A vectorTry is one such call, inside the closure that RawConn demands. They are
// few and used again, so that a try allocates nothing and an idle connection keeps
// nothing.
type vectorTry struct {
	list   [maxPieces][]byte
	p      [][]byte // those of list that are used
	unseen *atomic.Int64
	n      int
	err    syscall.Errno // 0: none
	f      func(fd uintptr)
	message
}

var vectorTries = sync.Pool{New: func() any {
	t := new(vectorTry)
	t.f = t.try
	return t
}}

func (t *vectorTry) try(fd uintptr) {
	for {
		if t.n, t.err = sysWritev(int(fd), t); t.err != syscall.EINTR {
			return
		}
	}
}

// vector makes one attempt; n is not negative.
func (s *sock) vector(p [][]byte) (n int, errno syscall.Errno, err error) {
	t := vectorTries.Get().(*vectorTry)
	t.p, t.unseen = append(t.list[:0], p...), &s.writes.unseen
	t.n, t.err = 0, 0
	err = s.rc.Control(t.f)
	n, errno = max(0, t.n), t.err
	clear(t.list[:])
	t.p, t.unseen = nil, nil
	vectorTries.Put(t)
	return n, errno, err
}

// TryWritev makes one attempt: n may be less than there is without an error.
func (s *sock) TryWritev(p [][]byte) (int, error) {
	if s.closing.Load() {
		return 0, net.ErrClosed
	}
	if s.w.expired(&s.writes.moved) {
		return 0, errForeignDeadline
	}
	n, errno, err := s.vector(p)
	s.writes.moved += n
	switch {
	case err != nil:
		return n, err
	case errno == syscall.EAGAIN:
		return n, ErrWouldBlock
	case errno != 0:
		return n, os.NewSyscallError("writev", errno)
	}
	return n, nil
}
