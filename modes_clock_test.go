package dugong_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/nio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// In a bubble of testing/synctest there are no sockets, and so nothing for poll(2).
// There a test is a task under a loop that waits for wakes and for the clock,
// and its connection is a pipe that wakes: wiretest.Clock.

// bubbleModes are the modes of tests that run in a bubble.
func bubbleModes() []wiretest.Mode { return wiretest.Modes("", wiretest.Clock) }

// inBubble runs f in a bubble; the certificates are made outside.
func inBubble(t *testing.T, m wiretest.Mode, f func(t *testing.T)) {
	t.Helper()
	m.ClientTLS()
	synctest.Test(t, func(t *testing.T) {
		if m.Wait != wiretest.Clock {
			f(t)
			return
		}
		l := &clockLoop{t: t, wake: make(chan struct{}, 1)}
		defer l.stop()
		l.start(func(ctx context.Context) {
			clockContexts.Store(t, ctx)
			defer clockContexts.Delete(t)
			f(t)
		})
		l.run()
	})
}

// clockContexts are those of the tasks in bubbles, by their *testing.T.
var clockContexts sync.Map

// bubbleContext is the context for the calls of a test in a bubble.
func bubbleContext(t *testing.T) context.Context {
	if ctx, ok := clockContexts.Load(t); ok {
		return ctx.(context.Context)
	}
	return context.Background()
}

// wakeable is the connection for a test in a bubble, which a task can wait for.
func wakeable(t *testing.T, c net.Conn) net.Conn {
	if _, ok := clockContexts.Load(t); ok {
		return &wakingPipe{Conn: c, Stream: nio.NewStream(c), watched: map[*nio.Watcher]func(){}}
	}
	return c
}

// A clockLoop drives tasks by wakes and by the clock.
type clockLoop struct {
	t     *testing.T
	wake  chan struct{}
	tasks []*clockTask
}

type clockTask struct {
	*dugong.Task
	need dugong.PollNeeded

	mu  sync.Mutex
	due bool
}

func (k *clockTask) set(due bool) (before bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	before, k.due = k.due, due
	return before
}

func (l *clockLoop) start(f func(context.Context)) <-chan struct{} {
	ended := make(chan struct{})
	k := &clockTask{due: true}
	k.Task = dugong.NewTask(context.Background(), func(ctx context.Context) error {
		defer close(ended)
		f(wiretest.WithSpawner(ctx, l.start, dugong.Await))
		return nil
	})
	k.OnWake(func() {
		k.set(true)
		l.ring()
	})
	l.tasks = append(l.tasks, k)
	return ended
}

func (l *clockLoop) ring() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *clockLoop) run() {
	for len(l.tasks) > 0 {
		if !l.resume() {
			l.wait()
		}
	}
}

// resume resumes those who are due; it reports whether there were any.
func (l *clockLoop) resume() (any bool) {
	var left []*clockTask
	for i := 0; i < len(l.tasks); i++ {
		k, more := l.tasks[i], true
		late := !k.need.Deadline.IsZero() && !time.Now().Before(k.need.Deadline)
		if k.set(false) || late {
			any = true
			if k.need, more = k.Next(); more && k.need.FD >= 0 {
				l.t.Errorf("a descriptor in a bubble: %+v", k.need)
			}
		}
		if more {
			left = append(left, k)
		}
	}
	l.tasks = left
	return any
}

// wait waits for a wake or the first deadline.
func (l *clockLoop) wait() {
	var alarm <-chan time.Time
	var first time.Time
	for _, k := range l.tasks {
		if d := k.need.Deadline; !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	if !first.IsZero() {
		timer := time.NewTimer(time.Until(first))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-l.wake:
	case <-alarm:
	}
}

// stop is for a test that has failed.
func (l *clockLoop) stop() {
	for _, k := range l.tasks {
		k.Stop()
	}
}

// A wakingPipe is a connection without a descriptor that tells who watches it.
// A goroutine waits for each.
type wakingPipe struct {
	net.Conn
	nio.Stream

	mu      sync.Mutex
	watched map[*nio.Watcher]func()
}

func (p *wakingPipe) Close() error    { return p.Stream.Close() }
func (p *wakingPipe) FD() (int, bool) { return -1, true }

func (p *wakingPipe) Watch(w *nio.Watcher, dirs nio.Events) bool {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	p.mu.Lock()
	p.watched[w] = func() { cancel(); <-over }
	p.mu.Unlock()
	go func() {
		defer close(over)
		if p.Stream.Wait(ctx, dirs, time.Time{}) != context.Canceled {
			w.Wake()
		}
	}()
	return true
}

func (p *wakingPipe) Unwatch(w *nio.Watcher) {
	p.mu.Lock()
	end := p.watched[w]
	delete(p.watched, w)
	p.mu.Unlock()
	end()
}

// Linger passes on what a Stream need not have.
func (p *wakingPipe) Linger() { p.Stream.(interface{ Linger() }).Linger() }
