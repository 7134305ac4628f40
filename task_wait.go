package dugong

import (
	"context"
	"errors"
	"os"
	"sync/atomic"
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

// TaskOf returns the task that calls with ctx suspend, nil where they block.
func TaskOf(ctx context.Context) *Task {
	if w, ok := nio.WaiterOf(ctx).(*taskWaiter); ok {
		return w.task
	}
	return nil
}

// Suspend yields need to whoever drives the task: for functions that wait for
// descriptors of their own, or, with FD -1, for time to pass or for whatever
// else makes the driver go on. It returns nil when the task is resumed, for
// whatever reason, so look again; or an error once ctx has ended. Only the
// task's own function may call it. (Original: yield in a coroutine.)
func (t *Task) Suspend(ctx context.Context, need PollNeeded) error {
	w := t.waiter
	if w == nil {
		return &Error{Kind: ErrState, Op: "wait", Fault: FaultCaller, Detail: "the task does not run"}
	}
	err := w.mine()
	if err == nil {
		err = w.suspend(ctx, need.FD, nio.Events(need.Events), need.Deadline)
	}
	return waitFailed(ctx, err)
}

// Await waits until ch is closed: a task by being suspended, others by
// blocking. It fails with ErrCanceled once ctx has ended.
func Await(ctx context.Context, ch <-chan struct{}) error {
	return waitFailed(ctx, nio.WaiterOf(ctx).Await(ctx, ch))
}

// waitFailed makes an *Error of what ended a wait.
func waitFailed(ctx context.Context, err error) error {
	var e *Error
	switch {
	case err == nil || errors.As(err, &e) && ctx.Err() == nil:
		return err
	case errors.Is(err, errTaskStopped) || ctx.Err() != nil:
		return &Error{Kind: ErrCanceled, Op: "wait", Fault: FaultCaller, Err: err}
	}
	return &Error{Kind: ErrState, Op: "wait", Fault: FaultCaller, Err: err}
}

// taskWaiter waits by suspending its task.
type taskWaiter struct {
	task    *Task
	done    <-chan struct{} // of the function's own context, whose end rouses the task
	watcher nio.Watcher
	woken   atomic.Bool // by the watcher
	pipe    pipe
}

func (w *taskWaiter) context(ctx context.Context) context.Context {
	w.watcher.Wake = w.wake
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

// wake is called by any goroutine: what the task waits for shows elsewhere.
func (w *taskWaiter) wake() {
	w.woken.Store(true)
	w.task.rouse()
}

// Wait yields until the stream may be worth a try. A task that is resumed
// without reason waits on: its caller would take the return for the begin of a
// new wait, whose deadline is later, and a driver that resumes often enough
// would never see a timeout.
//
// It and suspend keep their frames small, without defer: they are on the stack
// of every suspended task, and some octets too many double that.
func (w *taskWaiter) Wait(ctx context.Context, s nio.Stream, want nio.Events, deadline time.Time) error {
	if err := w.mine(); err != nil {
		return err
	}
	fd, ok := s.FD()
	if !ok {
		return errNoDescriptor()
	}
	for s.Watch(&w.watcher, want) {
		err := w.suspend(ctx, fd, want, deadline)
		s.Unwatch(&w.watcher)
		if err != nil {
			return err
		}
		if over, err := w.over(fd, want, deadline); over {
			return err
		}
	}
	return nil
}

func errNoDescriptor() error {
	return &Error{Kind: ErrState, Op: "wait", Fault: FaultCaller, Err: errors.ErrUnsupported,
		Detail: "the connection has no descriptor that a task could wait for"}
}

// over says whether a wait is, by a wake, the event or the deadline. A wake may
// mean that the stream was closed, and its descriptor somebody else's: it goes
// first.
func (w *taskWaiter) over(fd int, want nio.Events, deadline time.Time) (bool, error) {
	if w.woken.Swap(false) {
		return true, nil
	}
	if nio.Ready(fd, want) {
		return true, nil
	}
	if !deadline.IsZero() && !time.Now().Before(deadline) {
		return true, os.ErrDeadlineExceeded
	}
	return false, nil
}

// suspend yields once. Resumed for whatever reason, it fails only if the task
// was stopped, was thrown an error, or the context has ended.
func (w *taskWaiter) suspend(ctx context.Context, fd int, want nio.Events, deadline time.Time) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if d, ok := ctx.Deadline(); ok && (deadline.IsZero() || d.Before(deadline)) {
		deadline = d
	}
	stop := w.hook(ctx)
	ok := w.task.yield(PollNeeded{FD: fd, Events: uint32(want), Deadline: deadline})
	if stop != nil {
		stop()
	}
	switch {
	case !ok:
		return errTaskStopped
	case ctx.Err() != nil:
		return context.Cause(ctx)
	}
	err := w.task.fault
	w.task.fault = nil
	return err
}

// hook has the end of ctx rouse the task, which that of the function's own
// context does anyway.
func (w *taskWaiter) hook(ctx context.Context) (stop func() bool) {
	if done := ctx.Done(); done != nil && done != w.done {
		stop = context.AfterFunc(ctx, w.task.rouse)
	}
	return stop
}

// Do runs f on a goroutine of its own and yields until it has returned. The
// task cannot be left before, since f works for it; when the task is stopped,
// f's context ends, and f has to obey that.
func (w *taskWaiter) Do(ctx context.Context, f func()) error {
	if err := w.mine(); err != nil {
		return err
	}
	done := make(chan struct{})
	wake := w.task.wakeable()
	go func() {
		f()
		close(done)
		if wake {
			w.task.rouse()
		}
	}()
	var err error
	if wake {
		err = w.until(ctx, -1, done)
	} else {
		err = w.Await(ctx, done)
	}
	<-done
	return err
}

// until yields until ch is closed, of which somebody else tells the driver.
func (w *taskWaiter) until(ctx context.Context, fd int, ch <-chan struct{}) error {
	for {
		if err := w.suspend(ctx, fd, nio.In, time.Time{}); err != nil {
			return err
		}
		select {
		case <-ch:
			return nil
		default:
		}
	}
}

// Await yields until ch is closed, of which a goroutine tells the driver: by a
// wake, or by a pipe that can be polled.
func (w *taskWaiter) Await(ctx context.Context, ch <-chan struct{}) error {
	if err := w.mine(); err != nil {
		return err
	}
	fd, tell, clear := -1, w.task.rouse, func() {}
	if !w.task.wakeable() {
		var err error
		if fd, err = w.pipe.open(); err != nil {
			return err
		}
		tell, clear = w.pipe.fill, w.pipe.empty
	}
	over := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ch:
			tell()
		case <-over:
		}
	}()
	defer func() {
		close(over)
		<-ended
		clear()
	}()
	return w.until(ctx, fd, ch)
}
