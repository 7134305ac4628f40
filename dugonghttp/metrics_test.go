package dugonghttp_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The hooks tell how many requests were ahead, how long they took, and what
// was sent again; what begins also ends.
func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: []wiretest.Script{func(p *wiretest.Peer) {
			serve(p, "/0")
			expect(p, "/1", "/2")
			<-time.After(100 * time.Millisecond)
			p.Send(ok("/1"))
			<-time.After(10 * time.Millisecond)
			p.Close()
		}, func(p *wiretest.Peer) {
			serve(p, "/2")
			p.ExpectClosed()
		}}}
		var mu sync.Mutex
		var inFlight, most int
		var attempts []dugonghttp.Attempt
		tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial, Metrics: &dugonghttp.Metrics{
			InFlight: func(origin string, change int) {
				mu.Lock()
				defer mu.Unlock()
				if origin != "h.example:80" {
					t.Errorf("in flight to %q", origin)
				}
				inFlight += change
				most = max(most, inFlight)
			},
			Attempt: func(a dugonghttp.Attempt) {
				mu.Lock()
				defer mu.Unlock()
				attempts = append(attempts, a)
			},
		}}
		c := &http.Client{Transport: tr}
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				if _, _, err := fetch(c, get(t, fmt.Sprint("http://h.example/", i))); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		wg.Wait()
		synctest.Wait()
		if inFlight != 0 || most != 2 {
			t.Errorf("%d in flight at the end, %d at most; want 0 and 2", inFlight, most)
		}
		if len(attempts) != 4 {
			t.Fatalf("%d attempts, want 4: %+v", len(attempts), attempts)
		}
		failed, again := attempts[2], attempts[3]
		if failed.Origin != "h.example:80" {
			t.Errorf("an attempt at %q", failed.Origin)
		}
		if failed.Ahead != 1 || failed.Wait != 100*time.Millisecond || failed.Duration != 110*time.Millisecond || failed.Err == nil || failed.Number != 1 {
			t.Errorf("the attempt that failed: %+v", failed)
		}
		if again.Number != 2 || again.Ahead != 0 || again.Status != 200 || again.Err != nil {
			t.Errorf("its repetition: %+v", again)
		}
		tr.CloseIdleConnections()
	})
}
