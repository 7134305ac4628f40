package nio

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// A Transport is one connection, plain or under TLS. Tries and accounting are
// not synchronised: the owner holds a lock of its own around them. Wait, Wake
// and Close may be called at any time from anywhere.
type Transport struct {
	s      Stream
	base   time.Time
	active atomic.Int64 // when a byte last moved, since base

	layers []layer // TLS connections, innermost first; none: plain
	out    cipherQueue
	sent   int64 // plain octets taken by TryWrite so far

	// Trace, if set before the first use, sees all octets above TLS.
	Trace func(sent bool, p []byte)
}

// NewTransport takes over c.
func NewTransport(c net.Conn) *Transport {
	return &Transport{s: NewStream(c), base: time.Now()}
}

// NetConn returns the socket, for addresses and options.
func (t *Transport) NetConn() net.Conn { return t.s.NetConn() }

// Stream returns the bottom of the transport, for those who poll it.
func (t *Transport) Stream() Stream { return t.s }

func (t *Transport) now() time.Duration { return time.Since(t.base) }
func (t *Transport) touch()             { t.active.Store(int64(t.now())) }

// tryReadSocket and tryWriteSocket move sealed octets.
func (t *Transport) tryReadSocket(p []byte) (int, error) {
	n, err := t.s.TryRead(p)
	if n > 0 {
		t.touch()
	}
	return n, err
}

func (t *Transport) tryWriteSocket(p []byte) (int, error) {
	n, err := t.s.TryWrite(p)
	if n > 0 {
		t.touch()
	}
	return n, err
}

// TryRead reads what is there: n > 0, io.EOF at the clean end,
// ErrNoCloseNotify where TLS was cut off, ErrWouldBlock, or the error of the
// socket or of TLS. Under TLS it may leave something to Push (the answer to a
// KeyUpdate).
func (t *Transport) TryRead(p []byte) (n int, err error) {
	if len(t.layers) > 0 {
		n, err = t.tryReadTLS(p)
	} else if n, err = t.s.TryRead(p); n > 0 {
		t.touch()
	}
	if n > 0 && t.Trace != nil {
		t.Trace(false, p[:n])
	}
	return n, err
}

func (t *Transport) tryReadTLS(p []byte) (int, error) {
	top := &t.layers[len(t.layers)-1]
	n, err := top.conn.Read(p)
	if n > 0 {
		return n, nil
	}
	switch {
	case err == nil:
		return 0, ErrWouldBlock
	case errors.Is(err, ErrWouldBlock):
		return 0, ErrWouldBlock
	case err == io.EOF && top.under.eof:
		return 0, ErrNoCloseNotify
	}
	return 0, err
}

// maxSealed bounds the plain octets that one TryWrite turns into ciphertext,
// and so the ciphertext that can wait for the socket.
const maxSealed = 64 << 10

// TryWrite hands over as much of p as is taken without waiting: n < len(p)
// comes with ErrWouldBlock or with the error that ended the writing. Under TLS
// octets are taken when they are sealed; Handed tells how far they got.
func (t *Transport) TryWrite(p []byte) (n int, err error) {
	if len(t.layers) > 0 {
		n, err = t.tryWriteTLS(p)
	} else if n, err = t.s.TryWrite(p); n > 0 {
		t.sent += int64(n)
		t.touch()
	}
	if n > 0 && t.Trace != nil {
		t.Trace(true, p[:n])
	}
	return n, err
}

func (t *Transport) tryWriteTLS(p []byte) (n int, err error) {
	top := t.layers[len(t.layers)-1].conn
	for n < len(p) {
		if err := t.Push(); err != nil {
			return n, err
		}
		m, err := top.Write(p[n:min(len(p), n+maxSealed)])
		n += m
		t.sent += int64(m)
		t.out.mark(t.sent)
		if err != nil {
			return n, err
		}
	}
	return n, t.Push()
}

// Push writes sealed octets that the socket did not take yet. It returns
// ErrWouldBlock while some are left.
func (t *Transport) Push() error {
	for t.out.waiting() {
		n, err := t.tryWriteSocket(t.out.next())
		t.out.taken(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// Unpushed reports whether sealed octets wait for the socket.
func (t *Transport) Unpushed() bool { return t.out.waiting() }

// Sent counts the plain octets that TryWrite has taken so far, those of
// connecting included.
func (t *Transport) Sent() int64 { return t.sent }

// Handed tells how many of the plain octets written so far may have left, in
// whole or in part: no octet beyond can have been seen by the peer. Without
// TLS that is exact; with TLS it is rounded up to what was sealed together.
func (t *Transport) Handed() int64 {
	if len(t.layers) == 0 {
		return t.sent
	}
	return t.out.handed()
}

// Wait waits through the Waiter of ctx until one of the directions may be
// worth a try. It fails with os.ErrDeadlineExceeded when for idle (not
// positive: for ever) no byte has moved in either direction.
func (t *Transport) Wait(ctx context.Context, want Events, idle time.Duration) error {
	return t.WaitUntil(ctx, want, idle, time.Time{})
}

// WaitUntil is Wait with a limit (zero: none) that does not move.
func (t *Transport) WaitUntil(ctx context.Context, want Events, idle time.Duration, limit time.Time) error {
	w := WaiterOf(ctx)
	for start := t.now(); ; {
		err := w.Wait(ctx, t.s, want, t.deadline(start, idle, limit))
		if err == nil || !t.waitsOn(ctx, err, idle, limit) {
			return err
		}
	}
}

// deadline is when nothing will have moved for idle since start, which is
// counted from base, but no later than limit. An idle near the largest Duration
// must not be added to another one: it would be over before it began.
func (t *Transport) deadline(start, idle time.Duration, limit time.Time) time.Time {
	if idle <= 0 {
		return limit
	}
	last := max(start, time.Duration(t.active.Load()))
	if d := t.base.Add(last).Add(idle); limit.IsZero() || d.Before(limit) {
		return d
	}
	return limit
}

// waitsOn reports whether a wait that ended with err goes on: something moved
// meanwhile, in the other direction.
func (t *Transport) waitsOn(ctx context.Context, err error, idle time.Duration, limit time.Time) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) || err == error(errForeignDeadline) || ctx.Err() != nil || idle <= 0 {
		return false
	}
	now := time.Now()
	moved := t.base.Add(time.Duration(t.active.Load())).Add(idle).After(now)
	return moved && (limit.IsZero() || now.Before(limit))
}

// Wake ends waits in the given directions early.
func (t *Transport) Wake(dirs Events) { t.s.Wake(dirs) }

// Close closes the socket at once. A TLS stream is ended first as far as that
// goes without waiting: see EndTLS.
func (t *Transport) Close() error { return t.s.Close() }
