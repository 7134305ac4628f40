package dugonghttp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Of the connections that an origin had, as many are kept as
// MaxIdleConnsPerHost says.
func TestMaxIdleConnsPerHost(t *testing.T) {
	for most, kept := range map[int]int{0: http.DefaultMaxIdleConnsPerHost, 1: 1, 4: 4, 9: 5, -1: 0} {
		n := &network{rest: after(time.Second)}
		bubble(t, &dugonghttp.Transport{Depth: 1, MaxIdleConnsPerHost: most}, n, func(t *testing.T, b *asker) {
			for i := range 5 {
				b.ask(fmt.Sprint("http://h.example/", i))
			}
			b.well("/0", "/1", "/2", "/3", "/4")
			if open, all := n.conns(); open != kept || all != 5 {
				t.Errorf("MaxIdleConnsPerHost %d: %d of %d connections are kept, want %d of 5", most, open, all, kept)
			}
		})
	}
}

// MaxIdleConns counts those of all origins; the one that was idle for longest
// goes.
func TestMaxIdleConns(t *testing.T) {
	n := &network{rest: answers}
	bubble(t, &dugonghttp.Transport{MaxIdleConns: 3}, n, func(t *testing.T, b *asker) {
		ask := func(i int) {
			b.ask(fmt.Sprintf("http://h%d.example/%d", i, i))
			synctest.Wait()
		}
		for _, i := range []int{0, 1, 2, 0, 3, 4} { // 0 is younger than 1 and 2 then
			ask(i)
		}
		b.well("/0", "/1", "/2", "/3", "/4")
		for i, want := range []int{1, 0, 0, 1, 1} {
			if got := n.openTo(fmt.Sprintf("h%d.example:80", i)); got != want {
				t.Errorf("origin %d has %d connections, want %d", i, got, want)
			}
		}
	})
}

// A connection is idle for IdleConnTimeout, not longer; being used starts it
// anew.
func TestIdleConnTimeout(t *testing.T) {
	n := &network{rest: answers}
	bubble(t, &dugonghttp.Transport{IdleConnTimeout: time.Minute}, n, func(t *testing.T, b *asker) {
		for _, path := range []string{"/a", "/b", "/c"} {
			b.ask("http://h.example" + path)
			<-time.After(40 * time.Second)
		}
		if open, all := n.conns(); open != 1 || all != 1 {
			t.Errorf("%d of %d connections are open after uses 40 s apart, want the first one", open, all)
		}
		<-time.After(19 * time.Second)
		if open, _ := n.conns(); open != 1 {
			t.Error("it was closed before it had been idle for a minute")
		}
		<-time.After(2 * time.Second)
		if open, _ := n.conns(); open != 0 {
			t.Error("it is open after having been idle for a minute")
		}
		b.ask("http://h.example/d")
		b.well("/a", "/b", "/c", "/d")
	})
}

// No more connections than MaxConnsPerHost, those being made included. Who gets
// none waits for one.
func TestMaxConnsPerHost(t *testing.T) {
	for depth, took := range map[int]time.Duration{1: 4 * time.Second, 2: 4 * time.Second} {
		n := &network{rest: after(time.Second)}
		tr := &dugonghttp.Transport{Depth: depth, MaxConnsPerHost: 2, HeadOfLineLimit: -1}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			start := time.Now()
			paths := []string{"/0", "/1", "/2", "/3", "/4", "/5", "/6"}
			for _, path := range paths {
				b.ask("http://h.example" + path)
			}
			b.well(paths...)
			if _, all := n.conns(); all != 2 {
				t.Errorf("depth %d: %d connections, want 2", depth, all)
			}
			if d := time.Since(start); d != took {
				t.Errorf("depth %d: it took %v, want %v", depth, d, took)
			}
		})
	}
}

// Who waits for a connection can be cancelled, and takes nothing with him.
func TestCancelOfOneWhoWaitsForAConnection(t *testing.T) {
	n := &network{rest: after(time.Second)}
	bubble(t, &dugonghttp.Transport{Depth: 1, MaxConnsPerHost: 1}, n, func(t *testing.T, b *asker) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		b.ask("http://h.example/a")
		b.send(get(t, "http://h.example/b").WithContext(ctx))
		b.ask("http://h.example/c")
		b.well("/a", "/c")
		if err := b.got["/b"].err; !errors.Is(err, context.DeadlineExceeded) || dugonghttp.Verdict(err) != dugong.NotProcessed {
			t.Errorf("the cancelled one gave %v, %v; want a deadline, not processed", err, dugonghttp.Verdict(err))
		}
	})
}

// A request that found another connection leaves the one that was made for it
// to others.
func TestDialOutlivesItsRequest(t *testing.T) {
	n := &network{rest: answers}
	tr := &dugonghttp.Transport{Depth: 1}
	var dials atomic.Int32
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) == 2 {
			<-time.After(time.Minute)
		}
		return n.dial(ctx, network, addr)
	}
	n.scripts = []wiretest.Script{after(time.Second)}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/a")
		b.ask("http://h.example/b") // its connection is long in coming: it gets that of /a
		b.well("/a", "/b")
		<-time.After(time.Minute)
		if open, all := n.conns(); open != 2 || all != 2 {
			t.Errorf("%d of %d connections are open, want 2", open, all)
		}
	})
}

// With DisableKeepAlives each request has its own connection, and says so.
func TestDisableKeepAlives(t *testing.T) {
	script := func(p *wiretest.Peer) {
		r := p.ReadRequest()
		if v := r.Get("Connection"); v != "close" {
			p.Fatalf("Connection: %q, want close", v)
		}
		p.Send(ok(r.Target))
		p.ExpectClosed()
	}
	n := &network{scripts: []wiretest.Script{script, script, script}}
	bubble(t, &dugonghttp.Transport{DisableKeepAlives: true, Depth: 8}, n, func(t *testing.T, b *asker) {
		for _, path := range []string{"/0", "/1", "/2"} {
			b.ask("http://h.example" + path)
		}
		b.well("/0", "/1", "/2")
	})
}

// CloseIdleConnections leaves those in use alone.
func TestCloseIdleConnections(t *testing.T) {
	n := &network{scripts: []wiretest.Script{answers}, rest: after(time.Second)}
	tr := &dugonghttp.Transport{Depth: 1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://idle.example/a")
		b.ask("http://busy.example/b")
		tr.CloseIdleConnections()
		if idle, busy := n.openTo("idle.example:80"), n.openTo("busy.example:80"); idle != 0 || busy != 1 {
			t.Errorf("%d idle and %d busy connections are open, want 0 and 1", idle, busy)
		}
		b.well("/a", "/b")
	})
}

// MaxResponseHeaderBytes bounds the head; what fits is taken.
func TestMaxResponseHeaderBytes(t *testing.T) {
	answer := "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Long: " + strings.Repeat("x", 5000) + "\r\n\r\n/a"
	for limit, good := range map[int64]bool{0: true, 6000: true, 4000: false} {
		n := &network{rest: func(p *wiretest.Peer) {
			p.ReadRequest()
			p.TrySend(answer)
			p.ExpectClosed()
		}}
		bubble(t, &dugonghttp.Transport{MaxResponseHeaderBytes: limit}, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/a")
			if err := b.all()["/a"].err; (err == nil) != good || !good && !errors.Is(err, dugong.ErrTooLarge) {
				t.Errorf("limit %d: got %v", limit, err)
			}
		})
	}
}
