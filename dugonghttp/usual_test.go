package dugonghttp_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// together asks for so many paths at a time and says how many were sent again.
func together(tr *dugonghttp.Transport, b *asker, name string, many int) int {
	var count atomic.Int32
	tr.OnRetry = func(dugonghttp.Retry) { count.Add(1) }
	var paths []string
	for i := range many {
		paths = append(paths, fmt.Sprint("/", name, i))
		b.ask("http://h.example" + paths[i])
	}
	b.well(paths...)
	return int(count.Load())
}

// What is usual for a server is not slow: nothing is sent again, however long
// its answers take, once one has come. A limit that was set counts as it is.
func TestUsualIsNotSlow(t *testing.T) {
	for _, c := range []struct {
		takes, limit time.Duration
		retries      int
	}{
		{100 * time.Millisecond, 0, 0},
		{400 * time.Millisecond, 0, 0},
		{time.Minute, 0, 3}, // but there is an end to it
		{400 * time.Millisecond, 250 * time.Millisecond, 3},
		{400 * time.Millisecond, -1, 0},
	} {
		n := &network{rest: after(c.takes)}
		tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: c.limit}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			together(tr, b, "first", 1)
			if got := together(tr, b, "x", 4); got != c.retries {
				t.Errorf("answers take %v, the limit is %v: %d of 4 were sent again, want %d", c.takes, c.limit, got, c.retries)
			}
		})
	}
}

// Before anything is known of the answers, the time that connecting took says
// how far away the server is.
func TestFarIsNotSlow(t *testing.T) {
	for dial, retries := range map[time.Duration]int{0: 3, 300 * time.Millisecond: 0} {
		n := &network{rest: after(400 * time.Millisecond)}
		tr := &dugonghttp.Transport{Depth: 8, MaxConnsPerHost: 4}
		tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			<-time.After(dial)
			return n.dial(ctx, network, addr)
		}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/ahead")
			<-time.After(dial)
			synctest.Wait()
			if got := together(tr, b, "x", 3); got != retries {
				t.Errorf("connecting takes %v: %d were sent again, want %d", dial, got, retries)
			}
			b.well("/ahead")
		})
	}
}

// What is slow for a server that is quick as a rule is slow, and one slow answer
// does not change what is usual by much.
func TestSlowIsNotUsual(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			if strings.HasPrefix(r.Target, "/slow") {
				<-time.After(time.Hour)
			}
			if p.TrySend(ok(r.Target)) != nil {
				return
			}
		}
	}}
	tr := &dugonghttp.Transport{Depth: 8}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		waits := func(name string) time.Duration {
			b.ask("http://h.example/slow" + name)
			start := time.Now()
			var took time.Duration
			b.wg.Go(func() {
				if _, body, err := fetch(b.c, get(t, "http://h.example/"+name)); body != "/"+name || err != nil {
					t.Errorf("%s: got %q, %v", name, body, err)
				}
				took = time.Since(start)
			})
			<-time.After(10 * time.Second)
			synctest.Wait()
			return took
		}
		together(tr, b, "first", 1)
		if d := waits("a"); d != 250*time.Millisecond {
			t.Errorf("behind a slow answer it took %v, want 250ms", d)
		}
		b.all()
		if d := waits("b"); d < 250*time.Millisecond || d > time.Second {
			t.Errorf("after a slow answer it took %v, want a second at most", d)
		}
		b.all()
		for i := range 40 {
			together(tr, b, fmt.Sprint("quick", i), 1)
		}
		if d := waits("c"); d != 250*time.Millisecond {
			t.Errorf("after many quick answers it took %v, want 250ms again", d)
		}
	})
}

// A body that is long in coming, or is not read, says nothing about heads.
func TestBodiesAreNotHeads(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
		<-time.After(time.Minute)
		p.Send("/body")
		p.ExpectClosed()
	}}
	tr := &dugonghttp.Transport{Depth: 8}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/body")
		b.well("/body")
		if o := tr.Origins()[0]; o.Head > time.Millisecond {
			t.Errorf("it takes %v for the time of a head", o.Head)
		}
	})
}

// What is usual is handed on with the rest.
func TestUsualIsLearnt(t *testing.T) {
	n := &network{rest: after(400 * time.Millisecond)}
	tr := restored(t, []dugonghttp.Origin{{Scheme: "http", Addr: "h.example:80", Head: 400 * time.Millisecond}})
	tr.Depth = 8
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		if got := together(tr, b, "x", 4); got != 0 {
			t.Errorf("%d were sent again", got)
		}
		if h := tr.Origins()[0].Head; h != 400*time.Millisecond {
			t.Errorf("handed on is %v", h)
		}
	})
}
