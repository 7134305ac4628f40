package dugong

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/dugong-http/dugong/internal/gid"
	"github.com/dugong-http/dugong/internal/nio"
)

var (
	errTaskStopped = errors.New("the task was stopped")
	errTaskEnded   = errors.New("the task has ended")
)

// Detach returns a context with the values, the deadline and the cancellation
// of ctx whose calls block the goroutine instead of suspending a task: for
// goroutines that a task starts. Other contexts come back as they are.
func Detach(ctx context.Context) context.Context { return nio.Detach(ctx) }

// taskWaiter waits by suspending its task.
type taskWaiter struct {
	task    *Task
	watcher nio.Watcher
	pipe    pipe
}

func (w *taskWaiter) context(ctx context.Context) context.Context {
	w.watcher.Wake = w.task.rouse
	return nio.WithWaiter(ctx, w)
}

// mine says why the caller may not suspend the task, or nil.
func (w *taskWaiter) mine() error {
	why := ""
	switch t := w.task; {
	case t.yield == nil:
		why = "the context belongs to a task that has ended: give the Body or Conn another one, by SetContext or SetWriteContext"
	case t.self != gid.Current():
		why = "the context belongs to a task that runs on another goroutine: use Detach"
	default:
		return nil
	}
	return &Error{Kind: ErrState, Op: "wait", Fault: FaultCaller, Detail: why}
}

// Wait yields until the stream may be worth a try.
func (w *taskWaiter) Wait(ctx context.Context, s nio.Stream, want nio.Events, deadline time.Time) error {
	if err := w.mine(); err != nil {
		return err
	}
	fd, ok := s.FD()
	if !ok {
		return &Error{Kind: ErrState, Op: "wait", Fault: FaultCaller, Err: errors.ErrUnsupported,
			Detail: "the connection has no descriptor that a task could wait for"}
	}
	if !s.Watch(&w.watcher, want) {
		return nil
	}
	defer s.Unwatch(&w.watcher)
	if err := w.suspend(ctx, fd, want, deadline); err != nil {
		return err
	}
	if !deadline.IsZero() && !time.Now().Before(deadline) {
		if ready, _ := nio.Poll(fd, want, 0); !ready {
			return os.ErrDeadlineExceeded
		}
	}
	return nil
}

// suspend yields once. Resumed for whatever reason, it fails only if the task
// was stopped or the context has ended.
func (w *taskWaiter) suspend(ctx context.Context, fd int, want nio.Events, deadline time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	defer context.AfterFunc(ctx, w.task.rouse)()
	if d, ok := ctx.Deadline(); ok && (deadline.IsZero() || d.Before(deadline)) {
		deadline = d
	}
	if !w.task.yield(PollNeeded{FD: fd, Events: uint32(want), Deadline: deadline}) {
		return errTaskStopped
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// Do runs f on a goroutine of its own and yields until it has returned. The
// task cannot be left before, since f works for it; when the task is stopped,
// f's context ends, and f has to obey that.
func (w *taskWaiter) Do(ctx context.Context, f func()) error {
	if err := w.mine(); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	err := w.Await(ctx, done)
	<-done
	return err
}

// Await yields until ch is closed, which a goroutine turns into something that
// can be polled.
func (w *taskWaiter) Await(ctx context.Context, ch <-chan struct{}) error {
	if err := w.mine(); err != nil {
		return err
	}
	fd, err := w.pipe.open()
	if err != nil {
		return err
	}
	over := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ch:
			w.pipe.fill()
		case <-over:
		}
	}()
	defer func() {
		close(over)
		<-ended
		w.pipe.empty()
	}()
	for {
		if err := w.suspend(ctx, fd, nio.In, never); err != nil {
			return err
		}
		select {
		case <-ch:
			return nil
		default:
		}
	}
}
