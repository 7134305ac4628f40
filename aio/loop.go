package aio

import (
	"context"
	"errors"
	"sync"
	"time"
)

var (
	// ErrClosed is the error of a Loop that was closed, and of tasks given to it.
	ErrClosed = errors.New("aio: the loop is closed")
	// ErrRunning is the error of a second Run at the same time.
	ErrRunning = errors.New("aio: the loop is running already")
)

// A Loop runs tasks on one goroutine, the one that calls Run. Close it when it
// is not needed any more.
type Loop struct {
	poll     poller
	blocking bool // every task is a goroutine
	counts   counts
	watch    watchdog

	// mu guards what several goroutines use. It is never held while a task runs.
	mu      sync.Mutex
	inbox   []*task // new, or to be resumed
	live    map[*task]struct{}
	running bool
	forever bool // Serve
	parked  bool // waiting in poll, or about to
	closed  bool
	halted  bool // the context of Run has ended
	runs    int  // counts calls of Run

	// The rest belongs to the goroutine that runs.
	ready  []*task // for the next turn
	batch  []*task // of this turn
	at     int     // how many of the batch had their go
	timers timers
	slots  map[int]*slot
	armed  int // slots that the poller watches
	now    time.Time
}

// NewLoop makes a Loop. It has a descriptor and no goroutine.
func NewLoop() (*Loop, error) {
	p, blocking, err := newPoller()
	if err != nil {
		return nil, err
	}
	return newLoop(p, blocking), nil
}

// NewBlockingLoop makes a Loop that runs every task as a goroutine with a
// context that blocks, as GoBlocking does. All else is the same, but that the
// tasks run at the same time: what they share needs locks. NewLoop makes such
// a one on Windows. It is also for connections without a descriptor.
func NewBlockingLoop() *Loop { return newLoop(newBell(), true) }

func newLoop(p poller, blocking bool) *Loop {
	return &Loop{poll: p, blocking: blocking, live: map[*task]struct{}{}, slots: map[int]*slot{}}
}

// Run runs tasks until none is left, which gives nil; until ctx ends, which
// gives its cause; or until Close: ErrClosed. Tasks may be started before and
// meanwhile. After the end of ctx what is suspended stays so: Run again, on any
// goroutine with the same runtime.LockOSThread, or Close.
func (l *Loop) Run(ctx context.Context) error { return l.run(ctx, false) }

// Serve is Run that waits for further tasks when none is left.
func (l *Loop) Serve(ctx context.Context) error { return l.run(ctx, true) }

func (l *Loop) run(ctx context.Context, forever bool) error {
	l.mu.Lock()
	switch {
	case l.closed:
		l.mu.Unlock()
		return ErrClosed
	case l.running:
		l.mu.Unlock()
		return ErrRunning
	}
	l.running, l.halted, l.forever = true, false, forever
	l.runs++
	n := l.runs
	l.mu.Unlock()
	defer l.quit()
	defer context.AfterFunc(ctx, func() { l.halt(n) })()
	for {
		closed, idle := l.state()
		switch {
		case closed:
			l.shutDown()
			return ErrClosed
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case idle && !forever:
			l.collect() // those who were posted and ended all the same
			return nil
		}
		l.turn()
	}
}

func (l *Loop) state() (closed, idle bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed, len(l.live) == 0
}

// quit is the end of Run. A task may have ended it by runtime.Goexit.
func (l *Loop) quit() {
	l.mu.Lock()
	l.running = false
	closed := l.closed
	l.mu.Unlock()
	if closed {
		l.shutDown()
	}
}

// halt ends the wait of the n-th Run because its context has ended.
func (l *Loop) halt(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs == n {
		l.halted = true
		l.unpark()
	}
}

// unpark is called with mu held.
func (l *Loop) unpark() {
	if l.parked {
		l.parked = false
		l.poll.wake()
	}
}

// Close ends the loop. The calls in which its tasks wait, and all that they
// make later, fail with dugong.ErrCanceled until their functions have returned;
// goroutines get their contexts cancelled. It may be called by anybody, tasks
// included: where the loop runs, Run does the work and then returns ErrClosed,
// otherwise Close does. It always returns nil.
func (l *Loop) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	running := l.running
	l.running = true
	l.unpark()
	l.mu.Unlock()
	if !running {
		l.quit()
	}
	return nil
}

// shutDown stops all tasks and lets go of the poller, once.
func (l *Loop) shutDown() {
	if l.poll == nil {
		return
	}
	for _, t := range l.all() {
		l.stop(t)
	}
	for { // goroutines end when they like
		l.mu.Lock()
		over := len(l.live) == 0
		if !over {
			l.poll.prepare(time.Now(), time.Time{})
			l.parked = true
		}
		l.mu.Unlock()
		if over {
			break
		}
		l.poll.wait(true, l.fired)
		l.settle()
	}
	l.poll.close()
	l.poll = nil
	l.inbox, l.ready, l.batch, l.timers, l.at = nil, nil, nil, nil, 0
}

func (l *Loop) all() []*task {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*task
	for t := range l.live {
		all = append(all, t)
	}
	return all
}
