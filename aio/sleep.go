package aio

import (
	"context"
	"time"

	"github.com/dugong-http/dugong"
)

// Sleep suspends the task for d; without a task it blocks. It fails with
// dugong.ErrCanceled once ctx has ended.
func Sleep(ctx context.Context, d time.Duration) error {
	t := dugong.TaskOf(ctx)
	if t == nil {
		return sleepBlocking(ctx, d)
	}
	for until := time.Now().Add(d); ; {
		if err := t.Suspend(ctx, dugong.PollNeeded{FD: -1, Deadline: until}); err != nil {
			return err
		}
		if !time.Now().Before(until) {
			return nil
		}
	}
}

func sleepBlocking(ctx context.Context, d time.Duration) error {
	over := make(chan struct{})
	timer := time.AfterFunc(d, func() { close(over) })
	defer timer.Stop()
	return dugong.Await(ctx, over)
}

// Yield lets everybody else who is ready go first. A task that computes for
// long should call it every few milliseconds.
func Yield(ctx context.Context) error {
	t := dugong.TaskOf(ctx)
	if t == nil {
		return nil
	}
	return t.Suspend(ctx, dugong.PollNeeded{FD: -1, Deadline: longAgo})
}

var longAgo = time.Unix(1, 0)
