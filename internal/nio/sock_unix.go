//go:build unix

package nio

import (
	"context"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

// A sock is a Stream on a socket of package net. Tries are plain system calls
// inside RawConn.Control, which keeps Close from recycling the descriptor under
// them and takes no lock that a waiter could hold. Waits go through RawConn.Read
// and Write and so through Go's poller: a waiting goroutine holds no thread.
type sock struct {
	c    net.Conn
	rc   syscall.RawConn
	fd   int
	r, w half

	reads, writes try
	closing       atomic.Bool
}

func newSock(c net.Conn) Stream {
	switch c.(type) {
	case *net.TCPConn, *net.UnixConn:
	default:
		return nil
	}
	rc, err := c.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil
	}
	s := &sock{c: c, rc: rc, fd: -1}
	s.reads.f, s.writes.f = s.reads.read, s.writes.write
	s.r.s, s.r.events = s, In
	s.w.s, s.w.events = s, Out
	rc.Control(func(fd uintptr) { s.fd = int(fd) })
	return s
}

func (s *sock) FD() (int, bool)   { return s.fd, true }
func (s *sock) NetConn() net.Conn { return s.c }

// Close also wakes who polls the descriptor, since a poll shows nothing of it,
// and does so before: once it is closed, somebody else's connection may have its
// number, and who still waited there would be in the way.
func (s *sock) Close() error {
	s.closing.Store(true)
	s.r.wake()
	s.w.wake()
	Unseen.Add(s.reads.unseen.Swap(0) + s.writes.unseen.Swap(0))
	return s.c.Close()
}

// calm takes our deadlines off the socket.
func (s *sock) calm() { s.c.SetDeadline(time.Time{}) }

func (s *sock) Wake(dirs Events) {
	if dirs&In != 0 {
		s.r.wake()
	}
	if dirs&Out != 0 {
		s.w.wake()
	}
}

func (s *sock) Wait(ctx context.Context, want Events, deadline time.Time) error {
	if ctx.Done() != nil {
		defer context.AfterFunc(ctx, func() { s.Wake(want) })()
	}
	var err error
	switch want {
	case In:
		err = s.r.wait(deadline)
	case Out:
		err = s.w.wait(deadline)
	default:
		err = s.waitBoth(deadline)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// waitBoth parks a helper on the reading side, since the poller lets one
// goroutine wait for one direction only, and ends both at the first event. Both
// are entered before either waits, so that no wake can miss them, whoever else
// waits on the same halves.
func (s *sock) waitBoth(deadline time.Time) error {
	var rturn, wturn turn
	if !s.r.enter(&rturn) {
		return nil
	}
	if !s.w.enter(&wturn) {
		s.r.leave(&rturn)
		return nil
	}
	over := make(chan error)
	var done atomic.Bool // the wait for room: a wake would strike who waits for it next, and the Dialer's deadline
	go func() {
		err := s.r.waitFrom(rturn, deadline)
		if !done.Load() {
			s.w.wake()
		}
		over <- err
	}()
	werr := s.w.waitFrom(wturn, deadline)
	done.Store(true)
	s.r.wake()
	rerr := <-over
	if werr == nil || rerr == nil {
		return nil
	}
	return werr
}
