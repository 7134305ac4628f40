package dugonghttp_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A connection whose buffers are full is not tried by all who wait with each
// answer, and being refused by it is no reason to give it up.
func TestFullConnectionIsNotTriedByAll(t *testing.T) {
	const callers = 150
	n := &network{rest: after(time.Millisecond)}
	var mu sync.Mutex
	tried := 0
	tr := &dugonghttp.Transport{Depth: 1000, MaxConnsPerHost: 1, HeadOfLineLimit: -1, DisableRetries: true, Metrics: &dugonghttp.Metrics{Attempt: func(dugonghttp.Attempt) {
		mu.Lock()
		defer mu.Unlock()
		tried++
	}}}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		long := strings.Repeat("y", 40_000)
		var paths []string
		for i := range callers {
			paths = append(paths, fmt.Sprint("/", i))
			req := get(t, "http://h.example"+paths[i])
			req.Header.Set("X-Long", long)
			b.wg.Go(func() {
				_, body, err := fetch(b.c, req)
				b.mu.Lock()
				defer b.mu.Unlock()
				b.got[paths[i]] = result{paths[i], body, err}
			})
		}
		synctest.Wait()
		b.well(paths...)
		if tried > 3*callers { // it is some 200; with all of them each time it is 600
			t.Errorf("%d attempts for %d requests", tried, callers)
		}
		if _, all := n.conns(); all != 1 {
			t.Errorf("%d connections", all)
		}
		t.Logf("%d attempts", tried)
	})
}
