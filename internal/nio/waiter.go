package nio

import (
	"context"
	"time"
)

// A Waiter waits on behalf of a call, in the manner of whoever made the call.
type Waiter interface {
	// Wait returns nil when one of the wanted directions of s may be worth a
	// try. It returns an error that matches os.ErrDeadlineExceeded once the
	// deadline (zero: none) has passed, the cause of ctx once that is done,
	// net.ErrClosed once s is closed.
	Wait(ctx context.Context, s Stream, want Events, deadline time.Time) error
	// Do runs f, which blocks (a DNS look-up, a dial), without holding up
	// whoever drives the caller, and returns when f has returned.
	Do(ctx context.Context, f func()) error
	// Await returns nil when ch is closed, or the cause of ctx.
	Await(ctx context.Context, ch <-chan struct{}) error
}

type waiterKey struct{}

// WithWaiter returns a context whose calls wait by w.
func WithWaiter(ctx context.Context, w Waiter) context.Context {
	return context.WithValue(ctx, waiterKey{}, w)
}

// WaiterOf returns the Waiter that ctx carries, else the blocking one. A
// look-up walks the whole chain of contexts, so do it only when a call has to
// wait.
func WaiterOf(ctx context.Context) Waiter {
	if w, ok := ctx.Value(waiterKey{}).(Waiter); ok {
		return w
	}
	return blocking{}
}

// Detach returns a context with the values, deadline and cancellation of ctx
// whose calls block. Everything that runs on another goroutine than its
// caller's, or that is handed to foreign code, needs one.
func Detach(ctx context.Context) context.Context {
	if _, ok := ctx.Value(waiterKey{}).(Waiter); !ok {
		return ctx
	}
	return WithWaiter(ctx, blocking{})
}

// blocking parks the calling goroutine.
type blocking struct{}

func (blocking) Wait(ctx context.Context, s Stream, want Events, deadline time.Time) error {
	return s.Wait(ctx, want, deadline)
}

func (blocking) Do(_ context.Context, f func()) error {
	f()
	return nil
}

func (blocking) Await(ctx context.Context, ch <-chan struct{}) error {
	select {
	case <-ch:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
