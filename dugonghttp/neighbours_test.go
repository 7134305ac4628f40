package dugonghttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http/httptrace"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An answer that was given up is read to its end only if it is not large.
// Otherwise its connection goes, and those behind are sent again.
func TestLargeAnswerGivenUp(t *testing.T) {
	for size, conns := range map[int]int{100 << 10: 1, 1 << 20: 2} {
		var given chan bool // of the bubble
		n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
			expect(p, "/big", "/a", "/b")
			<-given
			if p.TrySend(ok(strings.Repeat("x", size)), ok("/a"), ok("/b")) == nil {
				p.ExpectClosed()
			}
		}}, rest: answers}
		tr := &dugonghttp.Transport{Depth: 8, MaxConnsPerHost: 1, HeadOfLineLimit: -1}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			given = make(chan bool)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			b.send(get(t, "http://h.example/big").WithContext(ctx))
			b.ask("http://h.example/a")
			b.ask("http://h.example/b")
			cancel()
			synctest.Wait()
			close(given)
			b.well("/a", "/b")
			if err := b.got["/big"].err; !errors.Is(err, context.Canceled) || dugonghttp.Verdict(err) != dugong.MaybeProcessed {
				t.Errorf("the one that was given up: %v, %v", err, dugonghttp.Verdict(err))
			}
			if _, all := n.conns(); all != conns {
				t.Errorf("%d octets given up: %d connections, want %d", size, all, conns)
			}
		})
	}
}

// A small body that nobody reads keeps nobody waiting.
func TestUnreadSmallBody(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/unread", "/a")
		p.Send(ok(strings.Repeat("x", 60<<10)) + ok("/a"))
		serve(p, "/b")
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		done := make(chan bool)
		b.wg.Go(func() {
			resp, err := b.c.Do(get(t, "http://h.example/unread"))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			<-done
			if body, err := io.ReadAll(resp.Body); len(body) != 60<<10 || err != nil {
				t.Errorf("the body that was read late: %d octets, %v", len(body), err)
			}
		})
		synctest.Wait()
		b.ask("http://h.example/a")
		b.ask("http://h.example/b")
		if b.now("/a") != "/a" || b.now("/b") != "/b" {
			t.Error("they wait for a body to be read")
		}
		close(done)
	})
}

// Requests that share a connection have each hook called, once and in order, as
// those do that have it to themselves.
func TestTraceOfSharedConnection(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/a", "/b", "/c")
		p.Send(ok("/a") + ok("/b") + ok("/c"))
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		told := map[string]*observer{}
		for _, path := range []string{"/a", "/b", "/c"} {
			o := &observer{idle: make(chan struct{}, 9)}
			told[path] = o
			req := get(t, "http://h.example"+path)
			b.send(req.WithContext(httptrace.WithClientTrace(req.Context(), o.trace())))
		}
		b.well("/a", "/b", "/c")
		for path, o := range told {
			var kinds []string
			for _, e := range o.events {
				kind, _, _ := strings.Cut(e, " ")
				kinds = append(kinds, kind)
			}
			want := []string{"GetConn", "GotConn", "WroteHeaderField", "WroteHeaderField", "WroteHeaders", "WroteRequest", "GotFirstResponseByte", "PutIdleConn"}
			if !slices.Equal(kinds, want) {
				t.Errorf("%s: told %q, want %q", path, kinds, want)
			}
			if reused := slices.Contains(o.events, "GotConn reused true idle false conn true"); reused != (path != "/a") {
				t.Errorf("%s: told %q", path, o.events)
			}
		}
	})
}

// http.Client.Timeout keeps its own words also where there is no connection yet,
// and in a queue for one.
func TestClientTimeoutWithoutConnection(t *testing.T) {
	for _, most := range []int{0, 1} {
		tr := &dugonghttp.Transport{MaxConnsPerHost: most, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}}
		bubble(t, tr, &network{}, func(t *testing.T, b *asker) {
			b.c.Timeout = time.Second
			start := time.Now()
			b.ask("http://h.example/a")
			b.ask("http://h.example/b")
			for path, r := range b.all() {
				var ne net.Error
				if r.err == nil || !strings.Contains(r.err.Error(), "Client.Timeout exceeded") || !errors.As(r.err, &ne) || !ne.Timeout() {
					t.Errorf("at most %d connections, %s: %v", most, path, r.err)
				}
				// Nothing was sent, but the words of http.Client are all that is left.
				if v := dugonghttp.Verdict(r.err); v != dugong.MaybeProcessed {
					t.Errorf("at most %d connections, %s: %v", most, path, v)
				}
			}
			if d := time.Since(start); d != time.Second {
				t.Errorf("it took %v", d)
			}
		})
	}
}
