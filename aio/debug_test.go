package aio_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/aio"
)

// Who holds the loop is named while that goes on, and when it is over.
func TestDebug(t *testing.T) {
	l := newLoop(t)
	reports := make(chan aio.Holdup, 10)
	l.Debug(0, func(h aio.Holdup) { reports <- h })
	hold := make(chan struct{})
	stuck := func(ctx context.Context) (nothing, error) {
		<-hold // as no task should
		return nothing{}, nil
	}
	aio.Go(bg, l, func(ctx context.Context) (nothing, error) { return nothing{}, aio.Sleep(ctx, 30*time.Millisecond) })
	aio.Go(aio.Named(bg, "stuck"), l, stuck)
	go func() {
		h := <-reports
		if h.Name != "stuck" || h.Held < 10*time.Millisecond || h.Over {
			t.Errorf("while it goes on: %v", h)
		}
		close(hold)
	}()
	run(t, l)
	h := <-reports
	if h.Name != "stuck" || h.Held < 10*time.Millisecond || !h.Over || !strings.Contains(h.String(), "stuck held") {
		t.Errorf("at the end: %v", h)
	}
	if len(reports) > 0 {
		t.Errorf("more: %v", <-reports)
	}
	hold = make(chan struct{})
	aio.Go(bg, l, stuck)
	go func() {
		if h := <-reports; !strings.HasPrefix(h.Name, "debug_test.go:") {
			t.Errorf("without a name: %v", h)
		}
		close(hold)
	}()
	run(t, l)
	<-reports
	l.Debug(0, nil)
	aio.Go(bg, l, func(context.Context) (nothing, error) {
		for start := time.Now(); time.Since(start) < 12*time.Millisecond; {
		}
		return nothing{}, nil
	})
	run(t, l)
	if len(reports) > 0 {
		t.Error("turned off, and yet", <-reports)
	}
}
