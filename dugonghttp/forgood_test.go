package dugonghttp_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What ends pipelining ends it for good, on real sockets: however many good
// answers come afterwards and however many callers there are, no request is
// sent behind another one any more.
func TestPipeliningEndsForGood(t *testing.T) {
	pair := make(chan struct{}) // /a has been sent
	piped := func(p *wiretest.Peer) {
		expect(p, "/a")
		pair <- struct{}{}
		expect(p, "/b")
	}
	for _, c := range []struct {
		what  string
		wrong wiretest.Script // after /0 was answered
		pairs bool            // it wants /a and /b, else /a alone
		cut   string          // what /a gets, if it is not right
	}{
		{"a reset behind a pipeline", func(p *wiretest.Peer) { piped(p); p.Reset() }, true, ""},
		{"a reset behind its first answer", func(p *wiretest.Peer) { piped(p); p.Send(ok("/a")); p.Reset() }, true, ""},
		{"an end behind a pipeline", func(p *wiretest.Peer) { piped(p); p.Close() }, true, ""},
		{"what is not HTTP", func(p *wiretest.Peer) { piped(p); p.Send(ok("/a"), "oops\r\n\r\n"); p.Drain() }, true, ""},
		{"a wrong length", func(p *wiretest.Peer) {
			piped(p)
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n/a", ok("/b"))
			p.Drain()
		}, true, "/"},
		{"HTTP/1.0", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n/a")
			answers(p)
		}, false, ""},
		{"HTTP/1.0 and an end", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n/a")
			p.Close()
		}, false, ""},
	} {
		for _, m := range []wiretest.Mode{wiretest.Plain, wiretest.TLS} {
			for _, depth := range []int{0, 8} {
				what := fmt.Sprintf("%s, %v, depth %d", c.what, m, depth)
				srv := wiretest.Setup{Mode: m, Repeat: true}.Serve(t, func(p *wiretest.Peer) {
					if p.Number() == 1 {
						serve(p, "/0")
						c.wrong(p)
						return
					}
					answers(p)
				})
				base := map[bool]string{false: "http://", true: "https://"}[m.TLS] + srv.Addr
				behind := &behinds{}
				tr := &dugonghttp.Transport{Depth: depth, HeadOfLineLimit: -1, TLSClientConfig: m.ClientTLS(), Metrics: &dugonghttp.Metrics{Attempt: behind.note}}
				tr.Learn([]dugonghttp.Origin{{Scheme: base[:strings.Index(base, ":")], Addr: srv.Addr, Depth: 8}})
				cl := client(t, tr)
				one := func(path string) {
					if _, body, err := fetch(cl, get(t, base+path)); err != nil || body != path && body != c.cut {
						t.Errorf("%s: %s: %q, %v", what, path, body, err)
					}
				}
				one("/0")
				var wg sync.WaitGroup
				wg.Go(func() { one("/a") })
				if c.pairs {
					<-pair
					one("/b")
				}
				wg.Wait()
				one("/then")
				if (behind.count() > 0) != c.pairs {
					t.Errorf("%s: %d requests were pipelined before", what, behind.count())
				}
				before := behind.count()
				for i := range 6 {
					wg.Go(func() {
						for j := range 5 {
							one(fmt.Sprintf("/%d/%d", i, j))
						}
					})
				}
				wg.Wait()
				o := tr.Origins()
				if len(o) != 1 || o[0].NotPipelined == "" || o[0].Depth != 1 {
					t.Errorf("%s: the origin is %+v", what, o)
				}
				if n := behind.count() - before; n != 0 {
					t.Errorf("%s: %d requests were pipelined after it", what, n)
				}
				tr.CloseIdleConnections()
			}
		}
	}
}

// behinds counts requests that were sent behind others.
type behinds struct {
	mu      sync.Mutex
	n, most int
}

func (b *behinds) note(a dugonghttp.Attempt) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if a.Ahead > 0 {
		b.n++
	}
	b.most = max(b.most, a.Ahead)
}

func (b *behinds) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.n
}
