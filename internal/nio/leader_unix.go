//go:build unix

package nio

import (
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
	deadline time.Time
	reading  *ReadWait // what it waits for it reads; nil: it only waits
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

func (l *leader) leave() { l.h.leave(&l.turn) }

// lead parks in the poller.
func (l *leader) lead() error {
	for {
		l.turn.looked = false
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
	first := !l.turn.looked
	l.turn.looked = true
	if w := l.reading; w != nil {
		if w.read(fd) || first && w.First != nil && !w.First.BeforeWait() {
			return true
		}
	} else if !first || Ready(int(fd), l.h.events) {
		return true
	}
	return !l.h.arm(l.turn.seen, &l.deadline)
}
