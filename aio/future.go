package aio

import (
	"context"
	"errors"

	"github.com/dugong-http/dugong"
)

// ErrNotDone is the error of Future.Result before the task has ended.
var ErrNotDone = errors.New("aio: the task has not ended")

// A Future is the result of a task to come. Any goroutine may use it.
// (Original: AioFuture.)
type Future[T any] struct {
	t *task
	v T
}

// Go starts f as a task of l: it begins at the next turn of the loop and ends
// with the result of f. Any goroutine may call Go, tasks too, before Run or
// meanwhile.
//
// The context of f carries ctx. It ends when the Future is cancelled, when the
// loop is closed and when f has returned; f must use it, or a context made from
// it, for all that is to suspend. A task that is started with the context of
// another one is cancelled with it, context.WithoutCancel loosens that.
//
// A panic of f becomes a PanicError. A goroutine that f starts has to use
// dugong.Detach.
func Go[T any](ctx context.Context, l *Loop, f func(context.Context) (T, error)) *Future[T] {
	return start(ctx, l, f, false)
}

// GoBlocking is Go for functions that have to block: f runs on a goroutine of
// its own, where calls with its context block. It counts as a task of the loop
// all the same: Run waits for its end, Close cancels its context and waits too.
// It is for connections without a descriptor and for computing.
func GoBlocking[T any](ctx context.Context, l *Loop, f func(context.Context) (T, error)) *Future[T] {
	return start(ctx, l, f, true)
}

func start[T any](ctx context.Context, l *Loop, f func(context.Context) (T, error), blocking bool) *Future[T] {
	fut := new(Future[T])
	fut.t = l.newTask(ctx, func(ctx context.Context) (err error) {
		fut.v, err = f(ctx)
		return err
	}, blocking)
	l.submit(fut.t)
	return fut
}

// Done is closed when the task has ended. In a task use Wait.
func (f *Future[T]) Done() <-chan struct{} { return f.t.done }

// Result returns what the function returned, or ErrNotDone.
func (f *Future[T]) Result() (T, error) {
	select {
	case <-f.t.done:
		return f.v, f.t.err
	default:
		var none T
		return none, ErrNotDone
	}
}

// Cancel ends the context of the task, so that the call in which it waits fails
// with dugong.ErrCanceled at once. The result is whatever the function makes of
// that. A task that did not begin yet never will; one that has ended stays as
// it is.
func (f *Future[T]) Cancel() {
	f.t.cancel(errCancel)
	f.t.rouse()
}

// Wait waits for the end of the task and returns its result. Called by a task
// it suspends that one, otherwise it blocks. It fails with dugong.ErrCanceled
// once ctx has ended, which does not hurt the task that it waits for.
func (f *Future[T]) Wait(ctx context.Context) (T, error) {
	if err := f.t.wait(ctx); err != nil {
		var none T
		return none, err
	}
	return f.Result()
}

func (t *task) wait(ctx context.Context) error {
	me := current(ctx)
	switch {
	case me == t:
		return &dugong.Error{Kind: dugong.ErrState, Op: "wait", Fault: dugong.FaultCaller, Detail: "a task waits for itself"}
	case me == nil:
		return dugong.Await(ctx, t.done)
	}
	defer t.forgetWaiter(me)
	for t.addWaiter(me) {
		if err := me.job.Suspend(ctx, dugong.PollNeeded{FD: -1}); err != nil {
			return err
		}
	}
	return nil
}

// addWaiter has w roused at the end of t. It reports false if that was before.
func (t *task) addWaiter(w *task) bool {
	t.loop.mu.Lock()
	defer t.loop.mu.Unlock()
	if t.over {
		return false
	}
	for _, x := range t.after {
		if x == w {
			return true
		}
	}
	t.after = append(t.after, w)
	return true
}

func (t *task) forgetWaiter(w *task) {
	t.loop.mu.Lock()
	defer t.loop.mu.Unlock()
	for i, x := range t.after {
		if x == w {
			t.after = append(t.after[:i], t.after[i+1:]...)
			return
		}
	}
}
