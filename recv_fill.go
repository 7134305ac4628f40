package dugong

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// fillHead gets more octets of a head.
func (l *link) fillHead(ctx context.Context, k *call) *Error {
	k.limit = nil
	if l.send.State == h1.Awaiting && l.queue.Len() == 1 {
		k.phase = PhaseWait100
		if d := l.c.cfg.ContinueTimeout; d > 0 && l.wait100.IsZero() {
			l.wait100 = time.Now().Add(d)
		}
		k.limit = &l.wait100 // which readers alone write
	}
	ended, err := l.fill(ctx, k)
	if ended {
		return l.lost(k, l.cutOff(k))
	}
	if err == nil || err.Kind != ErrConnectionTimedOut || k.limit == nil || k.limit.IsZero() || time.Now().Before(*k.limit) {
		return err
	}
	if l.dead == nil && l.send.State == h1.Awaiting {
		l.send.Do(h1.Continue)
		l.wait100 = time.Time{}
		err.Detail = "no 100 (Continue) within the wait limit; the body may be written now"
	}
	return err
}

// fill gets at least one octet into the window or to where k has them land, or
// meets the end of the stream (inErr says which). Before it waits it pushes what
// was accepted.
//
// What has arrived is looked at before anything is pushed: it may say that
// nothing more is wanted. Where reading, pushing and waiting are one call, that
// is its order too. It is tried once: what the socket does not take then has to
// be waited for in both directions.
func (l *link) fill(ctx context.Context, k *call) (ended bool, _ *Error) {
	had := l.in.len()
	if l.canReadWait(ctx) {
		if err := l.readWait(ctx, k); err != nil {
			return false, err
		}
	}
	for l.in.len() == had && l.inErr == nil && k.land.n == 0 {
		if err := l.fillStep(ctx, k); err != nil {
			return false, err
		}
	}
	return l.in.len() == had && k.land.n == 0, nil
}

// fillStep reads, or pushes and waits until there may be something to read. What
// could not be pushed goes out meanwhile.
func (l *link) fillStep(ctx context.Context, k *call) (err *Error) {
	if !l.unpushed() && l.canReadWait(ctx) {
		return l.readWait(ctx, k)
	}
	if err := l.receive(); !errors.Is(err, nio.ErrWouldBlock) {
		return nil
	}
	l.unlooked = false
	l.push()
	if !l.unpushed() && l.canReadWait(ctx) {
		return l.readWait(ctx, k)
	}
	want := nio.In
	if l.unpushed() {
		want |= nio.Out
	}
	l.c.parked = true
	err = l.wait(ctx, k, want)
	l.c.parked = false
	return err
}

// canReadWait: ReadWait brings a window of its own, so ours must be empty.
func (l *link) canReadWait(ctx context.Context) bool {
	return l.in.len() == 0 && l.inErr == nil && l.t.CanReadWait(ctx)
}

// readWait is wait and receive in one. It may bring nothing.
func (l *link) readWait(ctx context.Context, k *call) *Error {
	c, w := l.c, nio.NewReadWait()
	w.Idle, w.Limit = c.timeout, k.limit
	if l.unpushed() {
		w.First = l
	}
	w.Into = k.land.p
	c.parked = true
	c.mu.Unlock()
	why := l.t.ReadWait(ctx, w)
	c.mu.Lock()
	c.parked = false
	err := l.brought(ctx, k, w, why)
	w.Release()
	return err
}

// brought takes over what a ReadWait has brought; why says what ended it.
func (l *link) brought(ctx context.Context, k *call, w *nio.ReadWait, why error) *Error {
	switch {
	case l.dead != nil:
		if w.Buffer != nil {
			nio.PutBuffer(w.Buffer)
		}
		return l.gone(k)
	case w.Buffer != nil:
		l.in.take(w.Buffer, w.N)
	case w.N > 0:
		k.land.n = w.N
	case w.End != nil:
		l.inErr = w.End
	case why != nil:
		return l.c.waited(ctx, k, why)
	}
	return nil
}

// BeforeWait pushes what was accepted, between a look that found nothing and
// the wait. Who holds the lock may be closing the socket, and that waits for
// us: then the reader looks again.
func (l *link) BeforeWait() bool {
	if !l.c.mu.TryLock() {
		return false
	}
	defer l.c.mu.Unlock()
	l.unlooked = false
	return l.dead == nil && l.push() == nil
}

// speaksTLS is the detail where the peer was meant to be asked by TLS.
const speaksTLS = "the peer answered with a TLS alert: it speaks TLS on this port"

// cutOff says what the end of the stream cut off.
func (l *link) cutOff(k *call) string {
	p := l.in.bytes()
	switch {
	case l.unlooked:
		return closedIdle
	case k.phase == PhaseBody:
		return "the stream ended inside the body"
	case len(p) >= 3 && p[0] == 0x15 && p[1] == 3:
		return speaksTLS
	case len(bytes.TrimLeft(p, "\r\n")) > 0:
		return "the stream ended inside the head of a response"
	case l.interim > 0:
		return "the stream ended after an interim (1xx) response, without a final one"
	}
	return "the stream ended before the response"
}
