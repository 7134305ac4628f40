//go:build unix

package nio

import (
	"context"
	"time"
)

// CanReadWait reports whether ReadWait is possible: on a plain socket, for a
// caller who blocks.
func (t *Transport) CanReadWait(ctx context.Context) bool {
	_, ok := t.s.(*sock)
	return ok && len(t.layers) == 0 && WaiterOf(ctx) == Waiter(blocking{})
}

// ReadWait is WaitUntil and TryRead in one, a system call less: it tries
// before it waits, and asks first (which may be nil) in between. The buffer,
// with its n > 0 octets, is the caller's to give back. Without octets and error
// the caller is to look again; if ended, the error is how the stream ended, else
// why the wait did.
func (t *Transport) ReadWait(ctx context.Context, idle time.Duration, limit *time.Time, first BeforeWait) (b *Buffer, n int, ended bool, err error) {
	l := t.s.(*sock).r.newLeader()
	defer l.release()
	l.reading, l.first, l.start = true, first, t.now()
	for {
		t.setDeadline(l, idle, limit)
		if ctx.Done() == nil {
			err = l.readTurn()
		} else {
			err = l.readUntil(ctx)
		}
		switch {
		case l.n > 0:
			t.touch()
			if t.Trace != nil {
				t.Trace(false, l.got[:l.n])
			}
			return l.got, l.n, false, err
		case l.end != nil:
			return nil, 0, true, l.end
		case err == nil || !t.waitsOn(ctx, err, idle, *limit):
			return nil, 0, false, err
		}
	}
}

// setDeadline is deadline, not inlined for the sake of the stack.
//
//go:noinline
func (t *Transport) setDeadline(l *leader, idle time.Duration, limit *time.Time) {
	l.deadline = t.deadline(l.start, idle, *limit)
}
