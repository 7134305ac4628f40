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
//
// Whoever waits has this on his stack, and with thousands of connections no
// stack stays in the processor's cache: so what the calls below it need is in
// the leader, not in their arguments.
func (t *Transport) ReadWait(ctx context.Context, idle time.Duration, limit time.Time, first BeforeWait) (b *Buffer, n int, ended bool, err error) {
	l := t.s.(*sock).r.newLeader()
	defer l.release()
	l.reading, l.first = true, first
	for start := time.Now(); ; {
		l.deadline = t.deadline(start, idle, limit)
		err = l.readWait(ctx)
		if l.n > 0 {
			t.touch()
			if t.Trace != nil {
				t.Trace(false, l.got[:l.n])
			}
		}
		if l.end != nil {
			return nil, 0, true, l.end
		}
		if err == nil || !t.waitsOn(ctx, err, idle, limit) {
			return l.got, l.n, false, err
		}
	}
}
