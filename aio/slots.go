package aio

import (
	"errors"
	"slices"

	"github.com/dugong-http/dugong"
)

// How descriptors are watched, so that nothing is ever left behind that could
// resume the wrong task, or the right one for ever:
//
//   - A registration strikes once. The event that resumes a task takes its
//     registration with it, in the kernel and here.
//   - A task that is resumed for another reason (a deadline, a wake, Cancel)
//     gives its registration up before it runs.
//   - The kernel drops the registrations of a descriptor that is closed, maybe
//     without our knowing, and its number may belong to another connection
//     right away. So what is known here about the kernel is a guess that saves
//     system calls; the poller copes with its being wrong. Whoever waited at
//     the closed one was woken by Close, and has left.
//   - Who wants one direction only is the reader or the writer of a descriptor,
//     and there is one of each. Who wants both is a helper, as a sender is that
//     reads ahead, or a reader with something to send, and shares either.
const (
	in   = dugong.PollIn
	out  = dugong.PollOut
	both = in | out
)

var errTaken = errors.New("another task waits for the same direction of the same descriptor")

// A slot is a descriptor number and who waits there.
type slot struct {
	fd      int
	known   bool   // the poller has heard of it
	armed   uint32 // what the poller watches it for
	waiters []*task
	homes   int // tasks whose home it is
}

// claim makes t wait at fd.
func (l *Loop) claim(t *task, fd int, want uint32) error {
	s := l.slots[fd]
	if s == nil {
		s = &slot{fd: fd}
		l.slots[fd] = s
	}
	l.move(t, s)
	if want &= both; want != both {
		for _, w := range s.waiters {
			if w.want == want {
				if t.suspect != fd+1 {
					l.makeReady(w) // does it still want to?
				}
				return errTaken
			}
		}
	}
	t.at, t.want = s, want
	s.waiters = append(s.waiters, t)
	return l.arm(s)
}

// leave ends the wait of t at its descriptor, if it has one.
func (l *Loop) leave(t *task) {
	s := t.at
	if s == nil {
		return
	}
	t.at = nil
	s.waiters = slices.DeleteFunc(s.waiters, func(w *task) bool { return w == t })
	l.arm(s)
}

// move changes the home of t; a slot that is nobody's home is forgotten.
func (l *Loop) move(t *task, to *slot) {
	from := t.home
	if from == to {
		return
	}
	if t.home = to; to != nil {
		to.homes++
	}
	if from == nil {
		return
	}
	if from.homes--; from.homes == 0 {
		if from.known {
			l.poll.forget(from.fd)
		}
		delete(l.slots, from.fd)
	}
}

// arm has the poller watch for what the waiters want.
func (l *Loop) arm(s *slot) error {
	var want uint32
	for _, w := range s.waiters {
		want |= w.want
	}
	if want == s.armed {
		return nil
	}
	l.setArmed(s, want)
	if want == 0 {
		s.known = false
		l.poll.forget(s.fd)
		return nil
	}
	l.counts.armed.Add(1)
	err := l.poll.arm(s.fd, want, s.known)
	s.known = err == nil
	if err != nil {
		l.setArmed(s, 0)
	}
	return err
}

// setArmed keeps count of the slots that are watched.
func (l *Loop) setArmed(s *slot, want uint32) {
	if (s.armed == 0) != (want == 0) {
		if l.armed++; want == 0 {
			l.armed -= 2
		}
		l.counts.watched.Store(int64(l.armed))
	}
	s.armed = want
}

// fired is told of an event by the poller, which watches fd no more.
func (l *Loop) fired(fd int, got uint32) {
	l.counts.events.Add(1)
	s := l.slots[fd]
	if s == nil {
		return
	}
	l.setArmed(s, 0)
	waiters := s.waiters
	s.waiters = nil
	for _, w := range waiters {
		if w.want&got == 0 {
			s.waiters = append(s.waiters, w)
			continue
		}
		w.at = nil
		l.makeReady(w)
	}
	if len(s.waiters) > 0 && l.arm(s) != nil {
		for _, w := range slices.Clone(s.waiters) {
			l.makeReady(w) // whatever is wrong with it, they will see
		}
	} else if cap(waiters) > 0 && s.waiters == nil {
		clear(waiters)
		s.waiters = waiters[:0] // memory for the next time
	}
}
