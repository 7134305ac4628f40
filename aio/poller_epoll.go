//go:build linux && !dugong_poll

package aio

import (
	"errors"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// epoll is a poller whose descriptor is itself waited for in Go's poller: the
// goroutine parks there, so no thread is held, and setting a deadline to the
// past wakes it without a descriptor for that purpose. (A thread that blocks in
// epoll_wait costs three times as much for each wait: it must be handed over.)
//
// Registrations have EPOLLONESHOT. What has struck stays in the kernel's set,
// disabled, until forget or the closing of the descriptor, so that watching the
// same connection again is one system call.
type epoll struct {
	fd     int
	file   *os.File
	rc     syscall.RawConn
	try    func(uintptr) bool
	armed  time.Time // the deadline of file; zero: none
	found  func(int, uint32)
	events [128]unix.EpollEvent
}

func newPoller() (poller, bool, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, false, os.NewSyscallError("epoll_create1", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil { // or os would not poll it
		unix.Close(fd)
		return nil, false, os.NewSyscallError("fcntl", err)
	}
	p := &epoll{fd: fd, file: os.NewFile(uintptr(fd), "epoll")}
	p.try = func(uintptr) bool { return p.harvest() }
	if p.rc, err = p.file.SyscallConn(); err == nil {
		err = p.file.SetReadDeadline(time.Time{}) // fails if it is not polled
	}
	if err != nil {
		p.file.Close()
		return nil, false, err
	}
	return p, false, nil
}

func (p *epoll) arm(fd int, want uint32, known bool) error {
	ev := unix.EpollEvent{Events: unix.EPOLLONESHOT, Fd: int32(fd)}
	if want&in != 0 {
		ev.Events |= unix.EPOLLIN
	}
	if want&out != 0 {
		ev.Events |= unix.EPOLLOUT
	}
	first, second, wrong := unix.EPOLL_CTL_ADD, unix.EPOLL_CTL_MOD, unix.EEXIST
	if known {
		first, second, wrong = second, first, unix.ENOENT
	}
	err := unix.EpollCtl(p.fd, first, fd, &ev)
	if err == wrong {
		err = unix.EpollCtl(p.fd, second, fd, &ev)
	}
	return os.NewSyscallError("epoll_ctl", err)
}

func (p *epoll) forget(fd int) { unix.EpollCtl(p.fd, unix.EPOLL_CTL_DEL, fd, nil) }

// prepare lets an earlier deadline of a former wait stand: most waits are over
// long before, and a wake for nothing now and then is cheaper than setting it
// for each.
func (p *epoll) prepare(now, until time.Time) {
	stale := !p.armed.IsZero() && !p.armed.After(now)
	sooner := !until.IsZero() && (p.armed.IsZero() || until.Before(p.armed))
	if stale || sooner {
		p.armed = until
		p.file.SetReadDeadline(until)
	}
}

func (p *epoll) wake() {
	p.armed = longAgo
	p.file.SetReadDeadline(longAgo)
}

func (p *epoll) wait(block bool, found func(int, uint32)) {
	p.found = found
	if block {
		if err := p.rc.Read(p.try); !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
	p.harvest()
}

// harvest tells of all events there are.
func (p *epoll) harvest() (any bool) {
	for {
		n, err := unix.EpollWait(p.fd, p.events[:], 0)
		if err == unix.EINTR {
			continue
		}
		for i := range max(0, n) {
			any = true
			p.found(int(p.events[i].Fd), directions(p.events[i].Events))
		}
		if n < len(p.events) {
			return any
		}
	}
}

// directions: an error, or a hang-up, is for both.
func directions(e uint32) (got uint32) {
	if e&(unix.EPOLLIN|unix.EPOLLRDHUP|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		got |= in
	}
	if e&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		got |= out
	}
	return got
}

func (p *epoll) close() { p.file.Close() }
