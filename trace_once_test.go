package dugong

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Config.Trace is called by one goroutine at a time for a connection, though a
// sender and a reader are at work at once.
func TestTraceOneAtATime(t *testing.T) {
	var inside, most atomic.Int32
	c := &Config{Trace: func(TraceEvent) {
		if n := inside.Add(1); n > most.Load() {
			most.Store(n)
		}
		runtime.Gosched()
		inside.Add(-1)
	}}
	hook := c.tracer(1)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 500 {
				hook(i%2 == 0, []byte("Cookie: a\r\n"))
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Fatalf("%d calls at once", most.Load())
	}
}
