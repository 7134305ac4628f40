//go:build unix

package nio

import (
	"context"
	"syscall"
	"time"
)

func (w *ReadWait) made() *ReadWait {
	w.step = w.look
	return w
}

func (w *ReadWait) clear() { *w = ReadWait{leader: leader{step: w.step}} }

// CanReadWait reports whether ReadWait is possible: on a plain socket, for a
// caller who blocks.
func (t *Transport) CanReadWait(ctx context.Context) bool {
	_, ok := t.s.(*sock)
	return ok && len(t.layers) == 0 && WaiterOf(ctx) == Waiter(blocking{})
}

// ReadWait is WaitUntil and TryRead in one, a system call less: it tries
// before it waits. Without octets, end and error the caller is to look again;
// the error is why the wait ended.
func (t *Transport) ReadWait(ctx context.Context, w *ReadWait) error {
	w.h, w.reading = &t.s.(*sock).r, w
	for start := t.now(); ; start = 0 { // later ones begin when something moved
		t.setDeadline(w, start)
		var err error
		if ctx.Done() == nil {
			err = w.take()
		} else {
			err = w.takeUntil(ctx)
		}
		if w.N > 0 {
			t.touch()
			if t.Trace != nil {
				t.Trace(false, w.octets())
			}
			return nil
		}
		if w.End != nil || err == nil || !t.waitsOn(ctx, err, w.Idle, w.limit()) {
			return err
		}
	}
}

func (w *ReadWait) limit() (t time.Time) {
	if w.Limit != nil {
		t = *w.Limit
	}
	return t
}

// setDeadline is not inlined, for the sake of the stack.
//
//go:noinline
func (t *Transport) setDeadline(w *ReadWait, start time.Duration) {
	w.deadline = t.deadline(start, w.Idle, w.limit())
}

// takeUntil is take until ctx ends.
func (w *ReadWait) takeUntil(ctx context.Context) error {
	stop := context.AfterFunc(ctx, w.h.wake)
	err := w.take()
	stop()
	if w.N == 0 && w.End == nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// take takes a turn and reads what it waited for. A follower does not do what
// was to be done first: it returns, and the caller looks again.
func (w *ReadWait) take() error {
	if !w.h.enter(&w.turn) {
		return nil
	}
	defer w.leave()
	switch {
	case w.turn.event == nil:
		return w.lead()
	case w.First != nil:
		return nil
	}
	return w.follow()
}

// read reports whether there was something to read, be it the end.
func (w *ReadWait) read(fd uintptr) bool {
	p, b := w.Into, (*Buffer)(nil)
	if len(p) == 0 {
		b = GetBuffer()
		p = b[:]
	}
	n, errno := readOnce(fd, p, &w.h.s.reads.unseen)
	if n > 0 {
		w.Buffer, w.N = b, n
		return true
	}
	if b != nil {
		PutBuffer(b)
	}
	if errno == syscall.EAGAIN {
		return false
	}
	_, w.End = readResult(n, errno)
	return true
}

func (w *ReadWait) octets() []byte {
	if w.Buffer != nil {
		return w.Buffer[:w.N]
	}
	return w.Into[:w.N]
}
