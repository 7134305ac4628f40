package dugonghttp_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
)

// Depth is how many requests are on a connection at a time, at most and, where
// that many wait and there may be no other connection, at least.
func TestDepthIsWhatItSays(t *testing.T) {
	for depth, most := range map[int]int{-1: 1, 1: 1, 2: 2, 3: 3, 8: 8, 100: 9} {
		n := &network{rest: after(time.Second)}
		b := &behinds{}
		tr := &dugonghttp.Transport{Depth: depth, MaxConnsPerHost: 1, HeadOfLineLimit: -1, Metrics: &dugonghttp.Metrics{Attempt: b.note}}
		bubble(t, tr, n, func(t *testing.T, a *asker) {
			var paths []string
			for i := range 9 {
				paths = append(paths, fmt.Sprint("/", i))
				a.ask("http://h.example" + paths[i])
			}
			a.well(paths...)
			if b.most+1 != most {
				t.Errorf("Depth %d: %d on the connection at a time, want %d", depth, b.most+1, most)
			}
			if o := tr.Origins()[0]; o.Conns != 1 || depth < 2 && (o.Depth != 1 || o.Pipelined != 0) {
				t.Errorf("Depth %d: %+v", depth, o)
			}
		})
	}
}

// Whose request it is, is said by Authorization, Cookie and Proxy-Authorization,
// however they are spelt. Two whose values differ in any, or of which one has
// none, are not on one connection at the same time, but may be one after the
// other. Other fields do not matter.
func TestWhoseRequestsShare(t *testing.T) {
	type fields = http.Header
	for _, c := range []struct {
		a, b   fields
		shares bool
	}{
		{fields{}, fields{}, true},
		{fields{"Authorization": {"a"}}, fields{"Authorization": {"a"}}, true},
		{fields{"Authorization": {"a"}}, fields{"Authorization": {"b"}}, false},
		{fields{"Authorization": {"a"}}, fields{}, false},
		{fields{}, fields{"Authorization": {"a"}}, false},
		{fields{"Cookie": {"a"}}, fields{"Cookie": {"b"}}, false},
		{fields{"Cookie": {"a", "b"}}, fields{"Cookie": {"a", "b"}}, true},
		{fields{"Cookie": {"a", "b"}}, fields{"Cookie": {"a"}}, false},
		{fields{"Cookie": {"a"}}, fields{}, false},
		{fields{"Proxy-Authorization": {"a"}}, fields{"Proxy-Authorization": {"b"}}, false},
		{fields{"Authorization": {"a"}}, fields{"Cookie": {"a"}}, false},
		{fields{"Authorization": {"a"}, "Cookie": {"x"}}, fields{"Authorization": {"a"}, "Cookie": {"y"}}, false},
		{fields{"authorization": {"a"}}, fields{"authorization": {"b"}}, false},
		{fields{"COOKIE": {"a"}}, fields{"cookie": {"b"}}, false},
		{fields{"Authorization": {"a"}}, fields{"authorization": {"a"}}, false}, // cautious, and no matter
		{fields{"X-Other": {"a"}, "User-Agent": {"x"}}, fields{"X-Other": {"b"}}, true},
	} {
		for _, mix := range []bool{false, true} {
			n := &network{rest: after(time.Second)}
			tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1, MixCredentials: mix}
			bubble(t, tr, n, func(t *testing.T, b *asker) {
				send := func(path string, f fields) {
					req := get(t, "http://h.example"+path)
					maps.Copy(req.Header, f)
					b.send(req)
				}
				send("/a", c.a)
				send("/b", c.b)
				b.well("/a", "/b")
				conns := map[bool]int{true: 1, false: 2}[c.shares || mix]
				if _, all := n.conns(); all != conns {
					t.Errorf("%v and %v, mixed %v: %d connections, want %d", c.a, c.b, mix, all, conns)
				}
				send("/c", c.a)
				b.well("/c")
				send("/d", c.b)
				b.well("/d")
				if _, all := n.conns(); all != conns {
					t.Errorf("%v and %v, mixed %v: another connection was made for what came one after the other", c.a, c.b, mix)
				}
			})
		}
	}
}

// Different users of a proxy have connections of their own.
func TestWhoseProxy(t *testing.T) {
	n := &network{rest: answers}
	tr := &dugonghttp.Transport{Depth: 8, MixCredentials: true, HeadOfLineLimit: -1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for _, who := range []string{"a:1@", "b:2@", "a:1@", ""} {
			tr.Proxy = proxyAt("http://" + who + "proxy.example:3128")
			b.ask("http://h.example/x")
			b.all()
		}
		if want := slices.Repeat([]string{"proxy.example:3128"}, 3); !slices.Equal(n.addrs, want) {
			t.Errorf("connections to %q, want %q", n.addrs, want)
		}
		for _, o := range tr.Origins() {
			if o.Proxy != "http://proxy.example:3128" {
				t.Errorf("Origins tells %q", o.Proxy)
			}
		}
	})
}
