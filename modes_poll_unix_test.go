//go:build unix

package dugong_test

import (
	"context"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
	"golang.org/x/sys/unix"
)

// A pollLoop drives tasks by poll(2) and knows nothing else of them: no OnWake,
// so that what is no descriptor is told by a pipe, or late.
type pollLoop struct {
	t     *testing.T
	tasks []*polledTask
}

type polledTask struct {
	*dugong.Task
	need dugong.PollNeeded
	due  bool
}

// lookEvery is how late it notices what no descriptor shows: that a connection
// was closed on this side, that a context has ended.
const lookEvery = 5 * time.Millisecond

// underPoll runs body as a task of a pollLoop.
func underPoll(t *testing.T, body func(context.Context)) {
	l := &pollLoop{t: t}
	defer l.stop()
	l.start(func(ctx context.Context) { body(wiretest.WithSpawner(ctx, l.start, dugong.Await)) })
	for len(l.tasks) > 0 {
		l.resume()
		l.poll()
	}
}

func (l *pollLoop) start(f func(context.Context)) <-chan struct{} {
	ended := make(chan struct{})
	l.tasks = append(l.tasks, &polledTask{due: true, Task: dugong.NewTask(l.t.Context(), func(ctx context.Context) error {
		defer close(ended)
		f(ctx)
		return nil
	})})
	return ended
}

// resume resumes those who are due. They may start others.
func (l *pollLoop) resume() {
	var left []*polledTask
	for i := 0; i < len(l.tasks); i++ {
		k, more := l.tasks[i], true
		if k.due {
			k.need, more = k.Next()
		}
		if more {
			left = append(left, k)
		}
	}
	l.tasks = left
}

// poll waits until somebody is due; all are when nothing has happened.
func (l *pollLoop) poll() {
	switch len(l.tasks) {
	case 0:
		return
	case 1: // as the simplest driver would
		l.tasks[0].due = true
		if _, err := l.tasks[0].need.Poll(lookEvery); err != nil {
			l.t.Fatalf("%+v: %v", l.tasks[0].need, err)
		}
		return
	}
	fds := make([]unix.PollFd, len(l.tasks))
	for i, k := range l.tasks {
		fds[i] = unix.PollFd{Fd: int32(k.need.FD), Events: int16(k.need.Events)}
	}
	n, err := unix.Poll(fds, int(lookEvery/time.Millisecond))
	if err != nil && err != unix.EINTR {
		l.t.Fatal(err)
	}
	for i, k := range l.tasks {
		k.due = n <= 0 || fds[i].Revents != 0
	}
}

// stop is for a test that has failed.
func (l *pollLoop) stop() {
	for _, k := range l.tasks {
		k.Stop()
	}
}
