package aio

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/dugong-http/dugong"
)

var (
	errCancel = errors.New("its Future was cancelled")
	errGoexit = errors.New("aio: the function of the task ended by runtime.Goexit")
)

// A task is one function on a loop.
type task struct {
	loop   *Loop
	job    *dugong.Task // nil: a goroutine
	ctx    context.Context
	cancel context.CancelCauseFunc
	f      func(context.Context) error
	name   string // for Loop.Debug

	state    taskState
	started  bool
	again    bool               // posted while it ran
	suspect  int                // 1 + descriptor that could not be claimed at the first go
	retry    *dugong.PollNeeded // to be claimed again instead of resuming it
	want     uint32
	at       *slot     // where it waits; nil: for no descriptor
	home     *slot     // where it waited last
	deadline time.Time // of its wait
	alarm    time.Time // when it is due in the timers, not later than deadline
	index    int       // in the timers, -1: not there

	// Guarded by loop.mu.
	mailed bool // in the inbox
	over   bool
	err    error
	after  []*task // tasks that wait for this one

	done chan struct{}
}

type taskState uint8

const (
	fresh taskState = iota
	ready
	running
	waiting
	ended
)

type taskKey struct{}

// current returns the task whose function calls with ctx, nil for calls that
// block or belong to a task of another driver.
func current(ctx context.Context) *task {
	t, _ := ctx.Value(taskKey{}).(*task)
	if t == nil || t.job == nil || dugong.TaskOf(ctx) != t.job {
		return nil
	}
	return t
}

func (l *Loop) newTask(ctx context.Context, f func(context.Context) error, blocking bool) *task {
	t := &task{loop: l, index: -1, done: make(chan struct{})}
	t.name = l.watch.nameOf(ctx)
	t.ctx, t.cancel = context.WithCancelCause(context.WithValue(ctx, taskKey{}, t))
	if blocking || l.blocking {
		t.f = f
		return t
	}
	t.job = dugong.NewTask(t.ctx, func(ctx context.Context) error { return guarded(ctx, f) })
	t.job.OnWake(t.rouse)
	return t
}

// rouse has the task resumed. Any goroutine may call it.
func (t *task) rouse() { t.loop.post(t) }

// submit gives a task to its loop.
func (l *Loop) submit(t *task) {
	l.mu.Lock()
	closed := l.closed
	if !closed {
		l.live[t] = struct{}{}
		t.mailed = true
		l.inbox = append(l.inbox, t)
		l.unpark()
	}
	l.mu.Unlock()
	if closed {
		t.finish(ErrClosed)
	}
}

// step resumes a task until it waits again or has ended.
func (l *Loop) step(t *task) {
	switch {
	case !t.started && t.ctx.Err() != nil:
		l.end(t, canceledBefore(t.ctx))
		return
	case t.job == nil:
		l.launch(t)
		return
	}
	t.state, t.started, t.again = running, true, false
	if need := t.retry; need != nil {
		t.retry = nil
		l.admit(t, *need)
		return
	}
	l.counts.resumed.Add(1)
	exited := true
	defer func() {
		if exited {
			l.end(t, errGoexit)
		}
	}()
	need, more := l.watch.next(t)
	exited = false
	if more {
		l.admit(t, need)
	} else {
		l.end(t, t.job.Err())
	}
}

func canceledBefore(ctx context.Context) error {
	return &dugong.Error{Kind: dugong.ErrCanceled, Op: "task", Fault: dugong.FaultCaller, Err: context.Cause(ctx),
		Detail: "it never started"}
}

// admit makes a task wait for what it needs.
func (l *Loop) admit(t *task, need dugong.PollNeeded) {
	l.collect() // it may have closed connections of others, or be woken itself
	if t.again || need.FD < 0 && !need.Deadline.IsZero() && !need.Deadline.After(l.now) {
		t.state = ready
		l.ready = append(l.ready, t)
		return
	}
	t.state = waiting
	if need.FD >= 0 {
		if err := l.claim(t, need.FD, need.Events); err != nil {
			l.refuse(t, need, err)
			return
		}
	}
	t.suspect = 0
	if t.deadline = need.Deadline; !t.deadline.IsZero() {
		l.timers.set(t)
	}
}

// refuse deals with a task that cannot be registered, and gives it a second go.
// If its place is taken, whoever has it was made ready to look whether it still
// wants it: the connection may have been closed without a word, and its
// descriptor have a new owner. If the poller refuses the descriptor, that may
// have been closed while the task was about to wait: the task itself has to
// look.
func (l *Loop) refuse(t *task, need dugong.PollNeeded, err error) {
	again := t.suspect == need.FD+1
	t.suspect = need.FD + 1
	switch {
	case again:
		t.suspect = 0
		t.job.Fail(&dugong.Error{Kind: dugong.ErrState, Op: "wait", Fault: dugong.FaultCaller, Err: err})
	case err == errTaken:
		t.retry = &need
	}
	l.makeReady(t)
}

// launch runs a task on a goroutine of its own.
func (l *Loop) launch(t *task) {
	t.state, t.started = running, true
	go func() {
		err := errGoexit
		defer func() { l.end(t, err) }()
		err = guarded(dugong.Detach(t.ctx), t.f)
	}()
}

// stop ends a task whatever it does.
func (l *Loop) stop(t *task) {
	t.cancel(ErrClosed)
	switch {
	case t.job == nil && t.started:
	case t.job == nil:
		l.end(t, ErrClosed)
	default:
		l.stopJob(t)
	}
}

func (l *Loop) stopJob(t *task) {
	exited := true
	defer func() {
		if exited {
			l.end(t, errGoexit)
		}
	}()
	t.job.Stop()
	exited = false
	if err := t.job.Err(); t.started {
		l.end(t, err)
	} else {
		l.end(t, ErrClosed)
	}
}

// end is the end of a task. Nothing of it is left in the loop. A goroutine
// calls it on its own.
func (l *Loop) end(t *task, err error) {
	if t.job != nil {
		t.state = ended
		l.leave(t)
		l.move(t, nil)
		l.timers.remove(t)
	}
	t.cancel(nil)
	t.finish(err)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.live, t)
	l.unpark()
}

// finish settles the Future.
func (t *task) finish(err error) {
	t.loop.mu.Lock()
	t.over, t.err = true, err
	after := t.after
	t.after = nil
	t.loop.mu.Unlock()
	close(t.done)
	for _, w := range after {
		w.rouse()
	}
}

// A PanicError is the error of a task whose function panicked.
type PanicError struct {
	Value any    // of the panic
	Stack []byte // where it happened
}

func (e *PanicError) Error() string {
	return fmt.Sprintf("aio: panic in a task: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap gives the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// guarded turns a panic into an error.
func guarded(ctx context.Context, f func(context.Context) error) (err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil {
			err = &PanicError{v, debug.Stack()}
		}
	}()
	err = f(ctx)
	returned = true
	return err
}
