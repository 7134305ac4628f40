//go:build (darwin || freebsd || dragonfly || netbsd || openbsd) && !dugong_poll

package aio

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// kqueue is a poller by kqueue. It holds a thread while it waits: Go's poller
// watches a descriptor for both directions, and a kqueue can be watched for
// reading only, so the way of epoll is not open here.
//
// It was compiled and vetted, not tested on any of these systems.
type kqueue struct {
	fd     int
	pipe   wakePipe
	armed  map[int]uint32
	until  time.Time
	events [128]unix.Kevent_t
}

func newPoller() (poller, bool, error) {
	pipe, err := newWakePipe()
	if err != nil {
		return nil, false, err
	}
	fd, err := unix.Kqueue()
	if err != nil {
		pipe.close()
		return nil, false, os.NewSyscallError("kqueue", err)
	}
	unix.CloseOnExec(fd)
	p := &kqueue{fd: fd, pipe: pipe, armed: map[int]uint32{}}
	if err := p.change(pipe.r, unix.EVFILT_READ, unix.EV_ADD); err != nil {
		p.close()
		return nil, false, err
	}
	return p, false, nil
}

func (p *kqueue) change(fd, filter, flags int) error {
	var ev [1]unix.Kevent_t
	unix.SetKevent(&ev[0], fd, filter, flags)
	_, err := unix.Kevent(p.fd, ev[:], nil, nil)
	return os.NewSyscallError("kevent", err)
}

// filters are the two directions.
var filters = [...]struct {
	event  uint32
	filter int
}{{in, unix.EVFILT_READ}, {out, unix.EVFILT_WRITE}}

// arm adds what is wanted even if it was before: the descriptor may have been
// closed since.
func (p *kqueue) arm(fd int, want uint32, _ bool) error {
	for _, f := range filters {
		switch {
		case want&f.event != 0:
			if err := p.change(fd, f.filter, unix.EV_ADD|unix.EV_ONESHOT); err != nil {
				return err
			}
		case p.armed[fd]&f.event != 0:
			p.change(fd, f.filter, unix.EV_DELETE) // fails if it was closed
		}
	}
	p.armed[fd] = want
	return nil
}

func (p *kqueue) forget(fd int) { p.drop(fd, p.armed[fd]) }

// drop deletes what the kernel still watches.
func (p *kqueue) drop(fd int, rest uint32) {
	for _, f := range filters {
		if rest&f.event != 0 {
			p.change(fd, f.filter, unix.EV_DELETE)
		}
	}
	delete(p.armed, fd)
}

func (p *kqueue) prepare(_, until time.Time) { p.until = until }
func (p *kqueue) wake()                      { p.pipe.wake() }

func (p *kqueue) close() {
	unix.Close(p.fd)
	p.pipe.close()
}

func (p *kqueue) wait(block bool, found func(int, uint32)) {
	for limit := p.limit(block); ; limit = new(unix.Timespec) {
		n, _ := unix.Kevent(p.fd, nil, p.events[:], limit)
		for i := range max(0, n) {
			p.event(&p.events[i], found)
		}
		if n < len(p.events) {
			return
		}
	}
}

// event: an error, or the end of the stream, is for both directions.
func (p *kqueue) event(ev *unix.Kevent_t, found func(int, uint32)) {
	fd, got := int(ev.Ident), out
	if fd == p.pipe.r {
		p.pipe.drain()
		return
	}
	if int(ev.Filter) == unix.EVFILT_READ {
		got = in
	}
	p.drop(fd, p.armed[fd]&^got)
	if ev.Flags&(unix.EV_ERROR|unix.EV_EOF) != 0 {
		got = both
	}
	found(fd, got)
}

func (p *kqueue) limit(block bool) *unix.Timespec {
	var d time.Duration
	switch {
	case block && p.until.IsZero():
		return nil
	case block:
		d = max(0, time.Until(p.until))
	}
	ts := unix.NsecToTimespec(int64(d))
	return &ts
}
