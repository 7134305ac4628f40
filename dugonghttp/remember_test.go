package dugonghttp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// remembered gives the names of the origins that a Transport knows.
func remembered(tr *dugonghttp.Transport) string {
	var names []string
	for _, o := range tr.Origins() {
		names = append(names, strings.TrimSuffix(o.Addr, ".example:80"))
	}
	return strings.Join(names, " ")
}

// once answers one request and closes.
func once(p *wiretest.Peer) {
	p.ReadRequest()
	p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
	p.ExpectClosed()
}

// visit asks the origins of these names, one after the other.
func visit(b *asker, names string) {
	for name := range strings.FieldsSeq(names) {
		b.ask("http://" + name + ".example/" + name)
		b.wg.Wait()
	}
}

// Beyond MaxOrigins the origin is forgotten that was used least recently.
func TestOriginsAreForgotten(t *testing.T) {
	for _, c := range []struct {
		most         int
		visits, left string
	}{
		{3, "a b c", "a b c"},
		{3, "a b c d", "b c d"},
		{3, "a b c a d", "a c d"},
		{3, "a b c a d b", "a b d"},
		{1, "a b a", "a"},
		{-1, "a b c d e", "a b c d e"},
		{0, "a b c d e", "a b c d e"},
	} {
		n := &network{rest: once}
		tr := &dugonghttp.Transport{MaxOrigins: c.most}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			visit(b, c.visits)
			if got := remembered(tr); got != c.left {
				t.Errorf("MaxOrigins %d, visits %s: %q are left, want %q", c.most, c.visits, got, c.left)
			}
		})
	}
}

// An origin that has a connection is never forgotten, so that its limits hold;
// when it has none any more, it is.
func TestOriginsInUseAreKept(t *testing.T) {
	n := &network{rest: after(time.Second)}
	tr := &dugonghttp.Transport{MaxOrigins: 1, MaxConnsPerHost: 1, Depth: 1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for _, name := range []string{"a", "b", "c"} {
			b.ask("http://" + name + ".example/" + name)
			b.ask("http://" + name + ".example/" + name + "2")
		}
		if got := remembered(tr); got != "a b c" {
			t.Errorf("in use are a, b and c, remembered %q", got)
		}
		b.well("/a", "/a2", "/b", "/b2", "/c", "/c2")
		if open, all := n.conns(); open != 3 || all != 3 {
			t.Errorf("%d of %d connections are open, want one for each", open, all)
		}
		tr.CloseIdleConnections()
		if got := tr.Origins(); len(got) != 1 {
			t.Errorf("after the end of all connections it remembers %+v", got)
		}
	})
}

// Connections that servers have closed while they were idle do not keep origins
// for ever. Those that are open do.
func TestClosedConnectionsKeepNothing(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Get("Host") == "stays.example" {
			p.Send(ok("/stays"))
			p.ExpectClosed()
			return
		}
		p.Send(ok(""))
	}}
	tr := &dugonghttp.Transport{MaxOrigins: 2}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		visit(b, "stays a b c d e f g h i j")
		if got := remembered(tr); got != "j stays" {
			t.Errorf("remembered %q, want the last one and that with a connection", got)
		}
		if open, _ := n.conns(); open != 2 {
			t.Errorf("%d connections are held, want 2", open)
		}
	})
}

// An origin that was forgotten starts anew, also where Learn had told of it.
func TestForgottenStartsAnew(t *testing.T) {
	n := &network{rest: once}
	tr := &dugonghttp.Transport{MaxOrigins: 1}
	tr.Learn([]dugonghttp.Origin{{Scheme: "http", Addr: "a.example:80", Depth: 8}})
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for _, step := range []struct {
			name  string
			depth int
		}{{"a", 8}, {"b", 1}, {"a", 1}} {
			visit(b, step.name)
			if o := tr.Origins(); len(o) != 1 || o[0].Depth != step.depth || o[0].Answers != 1 {
				t.Errorf("after %s: %+v, want depth %d", step.name, o, step.depth)
			}
		}
	})
}

// Of what is given to Learn as much is kept, those with the most answers.
func TestLearnIsBounded(t *testing.T) {
	n := &network{rest: once}
	tr := &dugonghttp.Transport{MaxOrigins: 2}
	at := func(name string, answers int64) dugonghttp.Origin {
		return dugonghttp.Origin{Scheme: "http", Addr: name + ".example:80", Depth: 8, Answers: answers}
	}
	tr.Learn([]dugonghttp.Origin{at("a", 5), at("b", 7), at("c", 6)})
	tr.Learn([]dugonghttp.Origin{at("d", 9)})
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		var known []string
		for _, name := range []string{"a", "b", "c", "d"} {
			visit(b, name)
			i := slices.IndexFunc(tr.Origins(), func(o dugonghttp.Origin) bool { return strings.HasPrefix(o.Addr, name+".") })
			if tr.Origins()[i].Depth == 8 {
				known = append(known, name)
			}
		}
		if !slices.Equal(known, []string{"b", "d"}) {
			t.Errorf("known are %v, want b and d", known)
		}
	})
}

// The default is a bound too, for servers that cannot be reached as well.
func TestDefaultMaxOrigins(t *testing.T) {
	no := errors.New("nobody is there")
	tr := &dugonghttp.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, no }}
	for i := range 10_100 {
		if _, err := tr.RoundTrip(get(t, fmt.Sprintf("http://h%d.example/", i))); !errors.Is(err, no) {
			t.Fatal(err)
		}
	}
	if o := tr.Origins(); len(o) != 10_000 {
		t.Errorf("it remembers %d origins, want 10000", len(o))
	}
}

// Who has found an origin that is forgotten before he gets a connection looks
// for it again: what he makes is not lost to CloseIdleConnections.
func TestForgottenWhileFound(t *testing.T) {
	n := &network{rest: answers}
	tr := &dugonghttp.Transport{MaxOrigins: 1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		trace := &httptrace.ClientTrace{GetConn: func(string) { // the origin is found already
			visit(b, "other")
			tr.CloseIdleConnections()
		}}
		visit(b, "a")
		tr.CloseIdleConnections() // it is unused, but still the only one
		req := get(t, "http://a.example/again")
		if _, _, err := fetch(b.c, req.WithContext(httptrace.WithClientTrace(req.Context(), trace))); err != nil {
			t.Fatal(err)
		}
		if got := remembered(tr); got != "a" || tr.Origins()[0].Conns != 1 {
			t.Errorf("remembered %q, %+v; want a with its connection", got, tr.Origins())
		}
	})
}

// Many who use few origins, while these come and go, all get their answers, and
// none works on more requests at a time than it may have connections.
func TestForgettingUnderLoad(t *testing.T) {
	for _, depth := range []int{1, 8} {
		var working [6]atomic.Int32
		n := &network{rest: func(p *wiretest.Peer) {
			for range 3 {
				r, more := p.NextHead()
				if !more {
					return
				}
				host := &working[r.Get("Host")[1]-'0']
				if host.Add(1) > 2 {
					t.Errorf("depth %d: %s has more than 2 connections", depth, r.Get("Host"))
				}
				<-time.After(time.Millisecond)
				host.Add(-1)
				if p.TrySend(ok(r.Target)) != nil {
					return
				}
			}
		}}
		tr := &dugonghttp.Transport{MaxOrigins: 2, MaxConnsPerHost: 2, Depth: depth, HeadOfLineLimit: -1}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			for i := range 16 {
				b.wg.Go(func() {
					for j := range 50 {
						path := fmt.Sprintf("/%d/%d", i, j)
						if _, body, err := fetch(b.c, get(t, fmt.Sprintf("http://h%d.example%s", (i+j)%6, path))); body != path || err != nil {
							t.Errorf("%s: got %q, %v", path, body, err)
						}
					}
				})
			}
			b.wg.Wait()
			tr.CloseIdleConnections()
			if o := tr.Origins(); len(o) > 2 {
				t.Errorf("it remembers %d origins, want 2 at most", len(o))
			}
		})
	}
}
