package dugong_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Every behavioural test runs plain and under TLS, and waits in four ways: its
// calls block, take the cancellable way, or are suspended, under the loop of
// package aio and under one written by hand around poll(2). The test body is
// the same: wiretest.Each runs it inside a task. Tests in a bubble of
// testing/synctest run as tasks too, see modes_clock_test.go. modes_list_test.go
// names the tests that do not, and why. -short leaves out half of the modes.

func init() {
	wiretest.Register(wiretest.Loop, underLoop)
	wiretest.Register(wiretest.Poll, underPoll)
}

// underLoop runs body as a task of an aio.Loop.
func underLoop(t *testing.T, body func(context.Context)) {
	l, err := aio.NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	start := func(f func(context.Context)) <-chan struct{} {
		return aio.Go(t.Context(), l, func(ctx context.Context) (struct{}, error) {
			f(ctx)
			return struct{}{}, nil
		}).Done()
	}
	first := aio.Go(t.Context(), l, func(ctx context.Context) (struct{}, error) {
		body(wiretest.WithSpawner(ctx, start, dugong.Await))
		return struct{}{}, nil
	})
	if err := l.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := first.Result(); err != nil && !t.Skipped() && !t.Failed() {
		t.Error(err) // a panic
	}
}

// A test body that ends its goroutine (t.FailNow, t.SkipNow) ends the test and
// not only its task, and a sibling that waits is stopped.
func TestModesFailNow(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("tasks are goroutines here, which end alone")
	}
	for name, run := range map[string]wiretest.Runner{wiretest.Loop: underLoop, wiretest.Poll: underPoll} {
		for _, suspends := range []bool{false, true} {
			returned, began, stopped := false, false, false
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				run(t, func(ctx context.Context) {
					wiretest.Spawn(ctx, func(ctx context.Context) error {
						began = true
						err := dugong.Await(ctx, make(chan struct{}))
						stopped = errors.Is(err, dugong.ErrCanceled)
						return err
					})
					if suspends {
						over := make(chan struct{})
						go func() { close(over) }()
						if err := wiretest.Await(ctx, over); err != nil {
							t.Error(err)
						}
					}
					runtime.Goexit()
				})
				returned = true
			}()
			if <-ended; returned || suspends && !began || began && !stopped {
				t.Errorf("%s, suspended before: %v: the runner returned: %v; its sibling began: %v, was stopped: %v", name, suspends, returned, began, stopped)
			}
		}
	}
}

// What runs beside the body runs while it waits, and its error comes back.
func TestModesSpawn(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		ctx, said := m.Ctx(t), make(chan struct{})
		why := errors.New("why")
		wait := wiretest.Spawn(ctx, func(ctx context.Context) error {
			if err := wiretest.Await(ctx, said); err != nil {
				return err
			}
			return why
		})
		if task := dugong.TaskOf(ctx); (task != nil) != (m.Wait == wiretest.Loop || m.Wait == wiretest.Poll) {
			t.Errorf("a task: %v", task != nil)
		}
		close(said)
		if err := wait(); err != why {
			t.Error(err)
		}
	})
}
