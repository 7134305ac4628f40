package dugonghttp_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Over how many connections the automatic depth spreads callers who ask at
// random moments: few where the server is only far away, since who waits behind
// others waits for hardly longer; one each where the server works on one request
// at a time.
func TestAutomaticSpread(t *testing.T) {
	const callers = 32
	for _, c := range []struct {
		what     string
		way      time.Duration // there and back
		work     time.Duration // on each request
		rounds   int
		least    int
		most     int
		slowdown time.Duration // that the last rounds may have beyond way and work, on average
	}{
		{"far away", 50 * time.Millisecond, 0, 40, 1, 8, 5 * time.Millisecond},
		{"slow", 0, 20 * time.Millisecond, 40, 16, callers, 10 * time.Millisecond},
	} {
		t.Run(c.what, func(t *testing.T) {
			n := &network{rest: func(p *wiretest.Peer) { distant(p, c.way, c.work) }}
			tr := &dugonghttp.Transport{MaxIdleConnsPerHost: callers}
			synctest.Test(t, func(t *testing.T) {
				n.t = t
				tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
					time.Sleep(c.way)
					return n.dial(ctx, network, addr)
				}
				used := map[string]bool{}
				var took time.Duration
				var mu sync.Mutex
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() {
						client := &http.Client{Transport: tr}
						for round := range c.rounds {
							time.Sleep(time.Duration(1+(i*37+round*11)%29) * time.Millisecond)
							start := time.Now()
							resp, err := client.Do(get(t, fmt.Sprintf("http://h.example/%d/%d", i, round)))
							if err == nil {
								_, err = io.ReadAll(resp.Body)
								resp.Body.Close()
							}
							if err != nil {
								t.Errorf("%d/%d: %v", i, round, err)
								return
							}
							if mu.Lock(); round >= c.rounds/2 {
								used[resp.Header.Get("Connection-Name")] = true
								took += time.Since(start)
							}
							mu.Unlock()
						}
					})
				}
				wg.Wait()
				mean := took / time.Duration(callers*(c.rounds-c.rounds/2))
				t.Logf("%d connections, %v a request", len(used), mean)
				if len(used) < c.least || len(used) > c.most {
					t.Errorf("%d connections, want %d to %d", len(used), c.least, c.most)
				}
				if mean > c.way+c.work+c.slowdown {
					t.Errorf("a request took %v, want about %v", mean, c.way+c.work)
				}
				tr.CloseIdleConnections()
				synctest.Wait()
			})
		})
	}
}

// distant answers requests that it gets after half of way, works on one of them
// at a time, and names the connection.
func distant(p *wiretest.Peer, way, work time.Duration) {
	arrivals := make(chan time.Time, 1000)
	go func() {
		defer close(arrivals)
		for r := bufio.NewReader(p.Conn()); ; {
			if _, err := http.ReadRequest(r); err != nil {
				return
			}
			arrivals <- time.Now()
		}
	}()
	for at := range arrivals {
		time.Sleep(work + max(0, way-time.Since(at)))
		fmt.Fprintf(p.Conn(), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection-Name: %p\r\n\r\nok", p)
	}
}
