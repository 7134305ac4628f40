package aio_test

import (
	"context"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
)

// Ten thousand tasks that are ready all the time: each has its go once a turn,
// and descriptors and timers are looked at in every turn.
func TestFair(t *testing.T) {
	const n, rounds = 10_000, 5
	l := newLoop(t)
	had := make([]int, n)
	over := false
	for i := range n {
		do(l, func(ctx context.Context) error {
			for had[i]++; !over; had[i]++ {
				if d := had[i] - had[(i+1)%n]; d < -1 || d > 1 {
					t.Errorf("task %d is %d ahead of the next one", i, d)
				}
				if err := aio.Yield(ctx); err != nil {
					return err
				}
			}
			return nil
		})
	}
	r, w, fd := pipe(t)
	turn := func() int { return had[0] }
	events := do(l, func(ctx context.Context) error {
		buf := make([]byte, 1)
		for range rounds {
			at := turn()
			w.Write(buf)
			if err := dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: fd, Events: dugong.PollIn}); err != nil {
				return err
			}
			if late := turn() - at; late > 1 {
				t.Errorf("%d turns until an event was seen", late)
			}
			r.Read(buf)
		}
		return nil
	})
	timers := do(l, func(ctx context.Context) error {
		for range rounds {
			until := time.Now().Add(time.Microsecond)
			at := turn()
			if err := dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: -1, Deadline: until}); err != nil {
				return err
			}
			if late := turn() - at; late > 2 {
				t.Errorf("%d turns until a deadline was seen", late)
			}
		}
		return nil
	})
	do(l, func(ctx context.Context) error {
		events.Wait(ctx)
		timers.Wait(ctx)
		over = true
		return nil
	})
	run(t, l)
	ok(t, events)
	ok(t, timers)
	for i := range had {
		if had[i] < rounds {
			t.Fatalf("task %d had %d goes", i, had[i])
		}
	}
}
