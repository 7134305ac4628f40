package dugong

import (
	"context"
	"errors"
	"math"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// How a sender that reads nothing cannot lock up with a server that reads
// nothing before its answers are taken:
//
// When the socket takes no more and nobody reads, the sender itself reads
// answers into the window, up to Config.ReadAhead, and waits for both
// directions. If the window is full and the socket still takes nothing, the
// only way on is that the caller reads: ErrPipelineFull. A reader, in turn,
// pushes what was accepted, and waits for both directions while something is
// left.
//
// There is one thing that no reader can take: what comes before the final head
// for the very request whose body is open (1xx, or the beginning of a head). It
// does not fill the window, then, up to what the limits of heads allow; beyond
// them it counts as an answer, from which the reader hears what is wrong.
//
// A sender never reads while a reader is inside a call, and never at all with
// Config.ReaderWaits: then it waits for room alone. When the reader leaves, it
// wakes a sender that waits so.

// makeRoom waits until less than flushAt is gathered, so that a whole small
// request can be accepted, or until no request can be sent any more.
func (l *link) makeRoom(ctx context.Context, k *call) *Error {
	for l.send.State != h1.Ended && len(l.out)-l.outAt >= flushAt {
		if err := l.pushOrWait(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// pushOrWait pushes; if that makes no end of it, it reads ahead or waits.
func (l *link) pushOrWait(ctx context.Context, k *call) *Error {
	err := l.push()
	if err == nil {
		return nil
	}
	return l.full(ctx, k.in(PhaseWrite), err)
}

// full is what to do when a socket takes no more, or has failed: read ahead or
// wait.
func (l *link) full(ctx context.Context, k *call, why error) *Error {
	if !errors.Is(why, nio.ErrWouldBlock) {
		return l.noMore(k)
	}
	want := nio.Out
	if l.senderReads() {
		if moved, err := l.readAhead(k); err != nil || moved {
			return err
		}
		if l.inErr == nil {
			want |= nio.In
		}
	}
	l.roomOnly = want == nio.Out
	defer func() { l.roomOnly = false }()
	return l.wait(ctx, k, want)
}

func (l *link) senderReads() bool {
	return !l.c.cfg.ReaderWaits && !l.c.reading && l.queue.Len() > 0 && l.inErr == nil
}

// readAhead takes what has arrived, or says that the window is full.
func (l *link) readAhead(k *call) (moved bool, err *Error) {
	for l.inErr == nil {
		if l.in.len() >= l.mostAhead() {
			if moved {
				break // what was read may have made room on the other side
			}
			if l.noticedEarly() {
				return true, nil
			}
			e := l.c.fail(k, ErrPipelineFull, nil)
			e.Detail = "the peer takes no more before some responses are read"
			return false, e
		}
		if l.receive() != nil {
			break
		}
		moved = true
	}
	if l.unsought() && l.noticedEarly() {
		return true, nil
	}
	return moved, nil
}

// unsought: there are octets in the window that nobody has looked through for an
// early response. Who read the body of an answer ahead may have brought it.
func (l *link) unsought() bool { return l.in.len() > 0 && l.in.taken+int64(l.in.len()) > l.sought }

// mostAhead is how many octets are read ahead.
func (l *link) mostAhead() int {
	if l.bodyAhead() {
		lim := l.c.limits // as large as an int can be, if the caller wants no limit
		return max(l.c.cfg.ReadAhead, lim.Interim+min(lim.Head, math.MaxInt-lim.Interim))
	}
	return l.c.cfg.ReadAhead
}

// noticedEarly reports whether a look has found an early response, and none
// before it.
func (l *link) noticedEarly() bool {
	if l.send.State != h1.BodyOpen || l.send.Early {
		return false
	}
	l.lookForEarly()
	return l.send.Early
}

// glanceEvery is how many octets of a body are sent between two looks for an
// early response, while the peer takes all: a look is a system call.
const glanceEvery = 1 << 20

// glance looks for an early response now and then.
func (l *link) glance() {
	if l.accepted-l.looked >= glanceEvery {
		l.look()
	}
}

// lastLook looks before a call that may complete the body, if the peer can have
// seen the head: it may be the last chance to hear of an early response.
func (l *link) lastLook() {
	if n := l.queue.Len(); n > 0 && !l.answered && l.handed() > l.queue.Back().Start {
		l.look()
	}
}

// look looks for an early response without waiting.
func (l *link) look() {
	if !l.senderReads() {
		return
	}
	l.looked = l.accepted
	if l.in.len() < l.mostAhead() {
		l.receive()
	}
	if l.unsought() {
		l.lookForEarly()
	}
}

// lookForEarly notices a final head for the request whose body is open.
func (l *link) lookForEarly() {
	if l.send.Early || l.queue.Len() == 0 {
		return
	}
	l.sought = l.in.taken + int64(l.in.len())
	complete, status := l.lookAhead()
	n := l.queue.Len()
	beyond := l.bodyAhead() && l.in.len() >= l.mostAhead()
	l.send.Early = complete == n || complete == n-1 && status >= 200 || beyond
}
