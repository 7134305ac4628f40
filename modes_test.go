package dugong_test

import (
	"context"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Every behavioural test runs plain and under TLS, and waits in four ways: its
// calls block, take the cancellable way, or are suspended, under the loop of
// package aio and under one written by hand around poll(2). The test body is
// the same: wiretest.Each runs it inside a task. modes_list_test.go names the
// tests that do not, and why.

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
	if _, err := first.Result(); err != nil {
		t.Error(err) // a panic
	}
}
