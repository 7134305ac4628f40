//go:build unix

// Command ownloop fetches URLs at the same time on one thread, under an
// event loop of its own: a hundred lines around poll(2), to show what a driver
// of tasks does. Package aio has one ready that is better.
//
// The loop knows four things of a task: Next resumes it and says what it waits
// for, Err says how it ended, OnWake tells when it ought to be resumed although
// its descriptor shows nothing, and Stop ends it early.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/examples/internal/get"
	"golang.org/x/sys/unix"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(urls []string, out, errOut io.Writer) int {
	if code, done := get.Usage(urls, "ownloop http[s]://host/path ...", out, errOut); done {
		return code
	}
	l, err := newLoop()
	if err != nil {
		fmt.Fprintln(errOut, "ownloop:", err)
		return 1
	}
	defer l.close()
	for _, u := range urls {
		l.add(func(ctx context.Context) error {
			var n int64
			err := get.Document(ctx, u, func(resp *dugong.Response) (err error) {
				n, err = io.Copy(io.Discard, resp.Body)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", u, err)
			}
			fmt.Fprintf(out, "%s: %d octets\n", u, n)
			return nil
		})
	}
	if err := l.run(); err != nil {
		fmt.Fprintln(errOut, "ownloop:", err)
		return 1
	}
	return 0
}

// A loop drives tasks.
type loop struct {
	waiting map[*dugong.Task]dugong.PollNeeded
	errs    []error

	pipe  [2]int // its reading end shows that somebody was woken
	mu    sync.Mutex
	woken map[*dugong.Task]bool
}

func newLoop() (*loop, error) {
	l := &loop{waiting: map[*dugong.Task]dugong.PollNeeded{}, woken: map[*dugong.Task]bool{}}
	if err := unix.Pipe(l.pipe[:]); err != nil {
		return nil, err
	}
	unix.SetNonblock(l.pipe[0], true)
	unix.SetNonblock(l.pipe[1], true)
	return l, nil
}

func (l *loop) close() {
	unix.Close(l.pipe[0])
	unix.Close(l.pipe[1])
}

func (l *loop) add(f func(context.Context) error) {
	t := dugong.NewTask(context.Background(), f)
	t.OnWake(func() { // by any goroutine
		l.mu.Lock()
		l.woken[t] = true
		l.mu.Unlock()
		unix.Write(l.pipe[1], []byte{0})
	})
	l.resume(t)
}

// resume runs a task until it waits again.
func (l *loop) resume(t *dugong.Task) {
	need, more := t.Next()
	if more {
		l.waiting[t] = need
		return
	}
	delete(l.waiting, t)
	l.errs = append(l.errs, t.Err())
}

func (l *loop) run() error {
	for len(l.waiting) > 0 {
		ready, err := l.poll()
		if err != nil {
			return err
		}
		for _, t := range ready {
			l.resume(t)
		}
	}
	return errors.Join(l.errs...)
}

// poll waits until somebody is to be resumed. What is watched is made anew each
// time from what the tasks said last, so nothing is ever left over.
func (l *loop) poll() (ready []*dugong.Task, err error) {
	fds := []unix.PollFd{{Fd: int32(l.pipe[0]), Events: unix.POLLIN}}
	tasks := []*dugong.Task{nil}
	var first time.Time
	for t, need := range l.waiting {
		// poll(2) passes over the descriptor -1, which is as it should be.
		fds = append(fds, unix.PollFd{Fd: int32(need.FD), Events: int16(need.Events)})
		tasks = append(tasks, t)
		if d := need.Deadline; !d.IsZero() && (first.IsZero() || d.Before(first)) {
			first = d
		}
	}
	if _, err := unix.Poll(fds, timeout(first)); err != nil && err != unix.EINTR {
		return nil, err
	}
	woken := l.takeWoken()
	now := time.Now()
	for i, t := range tasks[1:] {
		late := !l.waiting[t].Deadline.IsZero() && !now.Before(l.waiting[t].Deadline)
		if fds[i+1].Revents != 0 || late || woken[t] {
			ready = append(ready, t)
		}
	}
	return ready, nil
}

func (l *loop) takeWoken() map[*dugong.Task]bool {
	var buf [64]byte
	for {
		if n, _ := unix.Read(l.pipe[0], buf[:]); n <= 0 {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	woken := l.woken
	l.woken = map[*dugong.Task]bool{}
	return woken
}

// timeout in milliseconds, rounded up.
func timeout(until time.Time) int {
	if until.IsZero() {
		return -1
	}
	return int(max(0, time.Until(until)+time.Millisecond-1) / time.Millisecond)
}
