package dugonghttp_test

import (
	"context"
	"errors"
	"net/http/httptrace"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Why a request was given up is its own caller's affair. A neighbour that was
// not sent yet has not been tried, and goes elsewhere, whatever DisableRetries
// says.
func TestUnsentNeighbourOfOneThatWasGivenUp(t *testing.T) {
	for _, off := range []bool{true, false} {
		n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
			serve(p, "/first")
			expect(p, "/a")
			p.ExpectClosed()
		}}, rest: answers}
		tr := &dugonghttp.Transport{Depth: 4, MaxConnsPerHost: 1, DisableRetries: off}
		tr.OnRetry = func(r dugonghttp.Retry) {
			if errors.Is(r.Err, context.Canceled) {
				t.Errorf("retries off %v: sent again because of %v", off, r.Err)
			}
		}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/first")
			ctx, cancel := context.WithCancel(t.Context())
			b.send(get(t, "http://h.example/a").WithContext(ctx))
			var once sync.Once
			req := get(t, "http://h.example/b")
			b.send(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
				GotConn: func(httptrace.GotConnInfo) {
					once.Do(func() {
						cancel()
						for open, _ := n.opened(); open > 0; open, _ = n.opened() {
							<-time.After(time.Millisecond)
						}
					})
				},
			})))
			<-time.After(time.Second)
			b.well("/first", "/b")
		})
	}
}

// opened is conns for who is not the test itself.
func (n *network) opened() (open, all int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.open {
		open += m
	}
	return open, len(n.addrs)
}

// Who came behind an answer that was given up waits for it like its caller
// would have.
func TestBehindASlowAnswerGivenUp(t *testing.T) {
	for _, off := range []bool{true, false} {
		n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
			expect(p, "/a", "/given-up")
			<-time.After(time.Second)
			p.Send(ok("/a"))
			expect(p, "/behind")
			<-time.After(time.Second) // longer than one reads on for nobody
			p.TrySend(ok("/given-up"), ok("/behind"))
			p.ExpectClosed()
		}}}
		tr := &dugonghttp.Transport{Depth: 4, MaxConnsPerHost: 1, HeadOfLineLimit: -1, DisableRetries: off}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/a")
			ctx, cancel := context.WithCancel(t.Context())
			b.send(get(t, "http://h.example/given-up").WithContext(ctx))
			cancel()
			<-time.After(time.Second + 50*time.Millisecond)
			b.ask("http://h.example/behind")
			b.well("/a", "/behind")
		})
	}
}
