package dugong

import (
	"context"
	"iter"
	"sync"

	"github.com/dugong-http/dugong/internal/gid"
)

// A Task runs a function that can be suspended: where a call made with the
// function's context would block, the task yields what it waits for to whoever
// drives it. So one goroutine drives any number of tasks under an event loop
// of its own; package aio has one ready. (Original: the co_ methods and their
// generators.)
//
// The function, and all that it calls with its context, run inside Next. A
// task belongs to one goroutine: NewTask may be called anywhere, but Next and
// Stop by one goroutine only, which must not change its runtime.LockOSThread
// in between. Every task must be run to its end or be stopped, otherwise its
// function's stack is never freed.
//
// Anything else that blocks inside the function (a channel, a mutex, a sleep)
// holds up the driver. Other goroutines must not use the function's context
// to wait, see Detach.
type Task struct {
	f      func(context.Context) error
	ctx    context.Context
	cancel context.CancelCauseFunc
	next   func() (PollNeeded, bool)
	stop   func()
	yield  func(PollNeeded) bool
	self   uintptr // the goroutine that runs f
	waiter *taskWaiter
	state  taskState
	err    error
	fault  error       // of Fail
	unhook func() bool // takes rouse off the context

	mu   sync.Mutex
	wake func() // of the loop, see OnWake
}

type taskState uint8

const (
	taskNew taskState = iota
	taskRunning
	taskDone
)

// NewTask prepares f to run as a task. Nothing happens before the first Next.
// The context that f gets carries ctx, and ends when the task ends.
func NewTask(ctx context.Context, f func(context.Context) error) *Task {
	return &Task{f: f, ctx: ctx}
}

// Next resumes the task, or starts it, until it waits again: what it waits
// for, and true; or until it has ended: false. Resuming a task whose event has
// not come is harmless: it yields the same again; after the deadline its call
// fails with a timeout. A panic of the function comes out of Next.
func (t *Task) Next() (PollNeeded, bool) {
	switch t.state {
	case taskDone:
		return PollNeeded{}, false
	case taskNew:
		t.start()
	}
	ended := true
	defer func() {
		if ended {
			t.end()
		}
	}()
	need, ok := t.next()
	ended = !ok
	return need, ok
}

func (t *Task) start() {
	t.state = taskRunning
	ctx, cancel := context.WithCancelCause(t.ctx)
	t.cancel = cancel
	t.unhook = context.AfterFunc(ctx, t.rouse)
	w := &taskWaiter{task: t, done: ctx.Done()}
	t.waiter = w
	t.next, t.stop = iter.Pull(iter.Seq[PollNeeded](func(yield func(PollNeeded) bool) {
		t.yield, t.self = yield, gid.Current()
		t.err = t.f(w.context(ctx))
	}))
}

// end lets go of everything.
func (t *Task) end() {
	t.state = taskDone
	if t.cancel != nil {
		t.unhook()
		t.cancel(errTaskEnded)
		t.waiter.pipe.close()
	}
	t.f, t.next, t.stop, t.yield, t.ctx = nil, nil, nil, nil, nil
}

// Done reports whether the task has ended. Like Next it is for the goroutine
// that drives the task, and so are Err and Fail.
func (t *Task) Done() bool { return t.state == taskDone }

// Err returns what the function returned, nil before the end. After Stop in
// mid-wait that is whatever the function made of the ErrCanceled that its call
// gave it.
func (t *Task) Err() error { return t.err }

// Stop ends the task: the call in which it waits fails with ErrCanceled, and so
// does every later one, until the function has returned. A request or body
// that was sent in part breaks its connection for sending. Stop does nothing
// on a task that has ended; one that never started ends without having run.
func (t *Task) Stop() {
	if t.state == taskDone {
		return
	}
	defer t.end()
	if t.state == taskNew {
		t.err = &Error{Kind: ErrCanceled, Op: "task", Fault: FaultCaller, Err: errTaskStopped}
		return
	}
	t.cancel(errTaskStopped)
	t.stop()
}

// OnWake sets a function that is called, by any goroutine, when the task ought
// to be resumed although its descriptor shows nothing: its connection was
// closed, its context has ended, or another half of the connection needs it to
// look again. It must not block and must not call the task. A loop that has
// none merely notices such things late. Nil takes it off.
//
// Who sets it, before the first Next, is yielded a PollNeeded without a
// descriptor where only a wake ends the wait; others get the descriptor of a
// pipe instead.
func (t *Task) OnWake(f func()) {
	t.mu.Lock()
	t.wake = f
	t.mu.Unlock()
}

// Fail makes the call in which the task waits fail with err when it is resumed
// next. It is for a driver that cannot wait for what the task wants, and called
// like Next.
func (t *Task) Fail(err error) { t.fault = err }

func (t *Task) wakeable() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.wake != nil
}

func (t *Task) rouse() {
	t.mu.Lock()
	f := t.wake
	t.mu.Unlock()
	if f != nil {
		f()
	}
}
