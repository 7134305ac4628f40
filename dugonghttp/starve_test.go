package dugonghttp_test

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A request that can share no connection is not kept waiting for ever by those
// who can, on the only connection that there may be.
func TestUnsafeRequestGetsItsTurn(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) {
		for {
			r, there := p.NextHead()
			if !there {
				return
			}
			p.ReadBody(r)
			<-time.After(5 * time.Millisecond)
			p.Send(ok(r.Target))
		}
	}}
	tr := &dugonghttp.Transport{MaxConnsPerHost: 1, Depth: 8}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		var over atomic.Bool
		for range 6 {
			b.wg.Go(func() {
				for !over.Load() {
					if _, body, err := fetch(b.c, get(t, "http://h.example/get")); err != nil || body != "/get" {
						t.Errorf("%q, %v", body, err)
						return
					}
				}
			})
		}
		<-time.After(time.Second)
		time.AfterFunc(time.Minute, func() { over.Store(true) })
		start := time.Now()
		_, body, err := fetch(b.c, request(t, "POST", "http://h.example/post", strings.NewReader("body")))
		if over.Store(true); err != nil || body != "/post" {
			t.Fatalf("%q, %v", body, err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it waited %v", took)
		}
	})
}
