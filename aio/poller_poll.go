//go:build unix && (dugong_poll || !(linux || darwin || freebsd || dragonfly || netbsd || openbsd))

package aio

import (
	"time"

	"golang.org/x/sys/unix"
)

// poll is a poller by poll(2), which every Unix has. A wait costs time for
// each descriptor that is watched, and holds a thread.
type poll struct {
	pipe  wakePipe
	fds   []unix.PollFd // the first is that of the pipe
	index map[int]int   // of descriptors in fds
	until time.Time
}

func newPoller() (poller, bool, error) {
	pipe, err := newWakePipe()
	if err != nil {
		return nil, false, err
	}
	p := &poll{pipe: pipe, index: map[int]int{}}
	p.fds = []unix.PollFd{{Fd: int32(pipe.r), Events: unix.POLLIN}}
	return p, false, nil
}

func (p *poll) arm(fd int, want uint32, _ bool) error {
	i, ok := p.index[fd]
	if !ok {
		i = len(p.fds)
		p.fds = append(p.fds, unix.PollFd{Fd: int32(fd)})
		p.index[fd] = i
	}
	p.fds[i].Events = int16(want)
	return nil
}

func (p *poll) forget(fd int) {
	i, ok := p.index[fd]
	if !ok {
		return
	}
	last := len(p.fds) - 1
	p.fds[i] = p.fds[last]
	p.index[int(p.fds[i].Fd)] = i
	p.fds = p.fds[:last]
	delete(p.index, fd)
}

func (p *poll) prepare(_, until time.Time) { p.until = until }
func (p *poll) wake()                      { p.pipe.wake() }
func (p *poll) close()                     { p.pipe.close() }

func (p *poll) wait(block bool, found func(int, uint32)) {
	n, err := unix.Poll(p.fds, p.timeout(block))
	if err != nil || n == 0 {
		return
	}
	var events []unix.PollFd // found may change fds
	for _, f := range p.fds {
		if f.Revents != 0 {
			events = append(events, f)
		}
	}
	for _, f := range events {
		if int(f.Fd) == p.pipe.r {
			p.pipe.drain()
			continue
		}
		p.forget(int(f.Fd))
		got := uint32(f.Revents) & both
		if f.Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 {
			got = both
		}
		found(int(f.Fd), got)
	}
}

// timeout in milliseconds, rounded up: who waits too short asks again and again.
func (p *poll) timeout(block bool) int {
	switch {
	case !block:
		return 0
	case p.until.IsZero():
		return -1
	}
	return int(min(max(0, time.Until(p.until)+time.Millisecond-1)/time.Millisecond, 1<<30))
}
