//go:build unix

package nio

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// A leader is the waiter of a half that parks in the poller, or would: who finds
// that somebody else leads only follows. It is borrowed for one call that waits,
// so that an idle connection has none, with the closure that RawConn demands
// made once.
type leader struct {
	h        *half
	step     func(fd uintptr) bool // look
	turn     turn
	start    time.Duration // of a reading wait, since its Transport was made
	deadline time.Time
	looked   bool
	reading  bool       // it reads what it waited for: n octets in got, or the end
	first    BeforeWait // asked between the first look, which found nothing, and parking
	got      *Buffer
	n        int
	end      error
}

var leaders = sync.Pool{New: func() any {
	l := new(leader)
	l.step = l.look
	return l
}}

// newLeader borrows one, without a turn.
func (h *half) newLeader() *leader {
	l := leaders.Get().(*leader)
	l.h = h
	return l
}

func (l *leader) release() {
	*l = leader{step: l.step}
	leaders.Put(l)
}

// readUntil is readTurn until ctx ends.
func (l *leader) readUntil(ctx context.Context) error {
	stop := context.AfterFunc(ctx, l.h.wake)
	err := l.readTurn()
	stop()
	if l.n == 0 && l.end == nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// readTurn takes a turn and reads what it waited for. A follower does not do
// what was to be done first: it returns, and the caller looks again.
func (l *leader) readTurn() error {
	if !l.h.enter(&l.turn) {
		return nil
	}
	defer l.leave()
	switch event := l.turn.event; {
	case event != nil && l.first != nil:
		return nil
	case event != nil:
		return l.follow()
	}
	return l.lead()
}

func (l *leader) leave() { l.h.leave(&l.turn) }

// lead parks in the poller.
func (l *leader) lead() error {
	for {
		l.looked = false
		err := l.h.park(l.step)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if woken, over, foreign := l.h.alarm(l.turn.seen, &l.deadline); over {
			return os.ErrDeadlineExceeded
		} else if foreign {
			return errForeignDeadline
		} else if woken {
			return nil
		}
	}
}

// follow waits until who leads has returned.
func (l *leader) follow() error {
	var alarm <-chan time.Time
	if !l.deadline.IsZero() {
		timer := time.NewTimer(time.Until(l.deadline))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-l.turn.event:
		return nil
	case <-alarm:
		return os.ErrDeadlineExceeded
	}
}

// look is called by the poller before it parks the leader, and when the event
// has come. The poller reports edges: one that came between the caller's try
// and this moment is gone, so the first look must ask the socket.
func (l *leader) look(fd uintptr) bool {
	first := !l.looked
	l.looked = true
	if l.reading {
		if l.read(fd) || first && l.first != nil && !l.first.BeforeWait() {
			return true
		}
	} else if !first || Ready(int(fd), l.h.events) {
		return true
	}
	return !l.h.arm(l.turn.seen, &l.deadline)
}

// read reports whether there was something to read, be it the end.
func (l *leader) read(fd uintptr) bool {
	b := GetBuffer()
	n, err := readResult(readOnce(fd, b[:], &l.h.s.reads.unseen))
	if n > 0 {
		l.got, l.n = b, n
		return true
	}
	PutBuffer(b)
	if err == ErrWouldBlock {
		return false
	}
	l.end = err
	return true
}
