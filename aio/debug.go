package aio

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dugong-http/dugong"
)

// A Holdup tells of a task that held the loop for too long: nobody else ran
// meanwhile.
type Holdup struct {
	Name string        // of Named, or file and line of the call of Go
	Held time.Duration // so far
	Over bool          // it has waited again, or ended
}

func (h Holdup) String() string {
	if h.Over {
		return fmt.Sprintf("the task %s held the loop for %v", h.Name, h.Held)
	}
	return fmt.Sprintf("the task %s has been holding the loop for %v", h.Name, h.Held)
}

// Debug has report called when a task holds the loop longer than limit (0 means
// 10 ms) of wall time: by another goroutine while that goes on, since it may go
// on for ever, and by the loop when it is over. On a loaded machine, or while
// the garbage collector runs, that may be no fault of the task. Call Debug
// before Go, for the names. A nil report turns it off.
func (l *Loop) Debug(limit time.Duration, report func(Holdup)) {
	if limit <= 0 {
		limit = 10 * time.Millisecond
	}
	if report == nil {
		l.watch.on.Store(nil)
		return
	}
	l.watch.on.Store(&watch{limit, report})
}

type nameKey struct{}

// Named gives the tasks that are started with the context a name for Debug.
func Named(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, nameKey{}, name)
}

type watchdog struct{ on atomic.Pointer[watch] }

type watch struct {
	limit  time.Duration
	report func(Holdup)
}

// next is the task's Next under watch.
func (d *watchdog) next(t *task) (dugong.PollNeeded, bool) {
	w := d.on.Load()
	if w == nil {
		return t.job.Next()
	}
	start := time.Now()
	timer := time.AfterFunc(w.limit, func() { w.report(Holdup{Name: t.name, Held: w.limit}) })
	defer func() {
		if !timer.Stop() {
			w.report(Holdup{Name: t.name, Held: time.Since(start), Over: true})
		}
	}()
	return t.job.Next()
}

// nameOf names a task that is being made.
func (d *watchdog) nameOf(ctx context.Context) string {
	if d.on.Load() == nil {
		return ""
	}
	if name, ok := ctx.Value(nameKey{}).(string); ok {
		return name
	}
	var pcs [8]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !more || !strings.HasPrefix(f.Function, pkg) {
			return fmt.Sprintf("%s:%d", f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
	}
}

// pkg is what the names of our own functions begin with.
const pkg = "github.com/dugong-http/dugong/aio."
