package aio_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
)

// Nobody wakes too early, and everybody wakes.
func TestSleep(t *testing.T) {
	eachLoop(t, func(t *testing.T, l *aio.Loop) {
		const n = 200
		woke := make(chan int, n)
		for _, i := range rand.Perm(n) {
			d := time.Duration(i) * 250 * time.Microsecond
			do(l, func(ctx context.Context) error {
				begun := time.Now()
				err := aio.Sleep(ctx, d)
				if time.Since(begun) < d {
					t.Errorf("slept %v of %v", time.Since(begun), d)
				}
				woke <- i
				return err
			})
		}
		run(t, l)
		if len(woke) != n {
			t.Error(len(woke), "woke")
		}
	})
}

// Those who wake in one turn wake in the order of their deadlines too.
func TestSleepOrder(t *testing.T) {
	l := newLoop(t)
	var woke []int
	const n = 5
	start := time.Now()
	for _, i := range rand.Perm(n) {
		do(l, func(ctx context.Context) error {
			until := start.Add(time.Duration(i+1) * 2 * time.Millisecond)
			err := dugong.TaskOf(ctx).Suspend(ctx, dugong.PollNeeded{FD: -1, Deadline: until})
			woke = append(woke, i)
			return err
		})
	}
	run(t, l)
	if !slices.IsSorted(woke) || len(woke) != n {
		t.Error(woke)
	}
}

func TestSleepBlocking(t *testing.T) {
	start := time.Now()
	if err := aio.Sleep(bg, 3*time.Millisecond); err != nil || time.Since(start) < 3*time.Millisecond {
		t.Error(err, time.Since(start))
	}
	ctx, cancel := context.WithCancel(bg)
	cancel()
	if err := aio.Sleep(ctx, time.Hour); err == nil {
		t.Error("slept through the end of its context")
	}
	if err := aio.Yield(bg); err != nil {
		t.Error(err)
	}
}

// A deadline of a context ends a wait that has none of its own.
func TestDeadlineOfContext(t *testing.T) {
	l := newLoop(t)
	ctx, cancel := context.WithTimeout(bg, 5*time.Millisecond)
	defer cancel()
	f := aio.Go(ctx, l, func(ctx context.Context) (nothing, error) { return nothing{}, aio.Sleep(ctx, time.Hour) })
	run(t, l)
	if _, err := f.Result(); err == nil {
		t.Error("slept through")
	}
}
