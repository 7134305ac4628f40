package dugonghttp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Which requests may be on one connection at the same time: those that are safe
// to send twice, and have neither a body nor a wish of their own about the
// connection.
func TestWhatShares(t *testing.T) {
	field := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	plain := func(*http.Request) {}
	none := func() io.Reader { return nil }
	small := func() io.Reader { return strings.NewReader("x") }
	streamed := func() io.Reader { return io.MultiReader(strings.NewReader("x")) }
	for _, c := range []struct {
		what   string
		method string
		body   func() io.Reader
		change func(*http.Request)
		shares bool
	}{
		{"GET", "GET", none, plain, true},
		{"HEAD", "HEAD", none, plain, true},
		{"OPTIONS", "OPTIONS", none, plain, true},
		{"QUERY without a body", "QUERY", none, plain, true},
		{"GET with a body", "GET", small, plain, false},
		{"QUERY with a body", "QUERY", small, plain, false},
		{"POST", "POST", small, plain, false},
		{"POST without a body", "POST", none, plain, false},
		{"PUT", "PUT", small, plain, false},
		{"PUT, streamed", "PUT", streamed, plain, false},
		{"DELETE", "DELETE", none, plain, false},
		{"TRACE", "TRACE", none, plain, false},
		{"an unknown method", "BREW", none, plain, false},
		{"an upgrade", "GET", none, func(r *http.Request) { field("Connection", "upgrade")(r); field("Upgrade", "x")(r) }, false},
		{"Connection: close", "GET", none, field("Connection", "close"), false},
		{"Request.Close", "GET", none, func(r *http.Request) { r.Close = true }, false},
	} {
		for _, first := range []bool{true, false} { // whether it is ahead or behind
			n := &network{rest: func(p *wiretest.Peer) {
				for {
					r, more := p.NextHead()
					if !more {
						return
					}
					p.ReadBody(r)
					<-time.After(time.Second)
					if answer := ok(r.Target); p.TrySend(answer[:len(answer)-map[bool]int{true: len(r.Target)}[r.Method == "HEAD"]]) != nil {
						return
					}
				}
			}}
			bubble(t, &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1}, n, func(t *testing.T, b *asker) {
				req := request(t, c.method, "http://h.example/odd", c.body())
				c.change(req)
				if first {
					b.send(req)
				}
				b.ask("http://h.example/get")
				if !first {
					b.send(req)
				}
				for path, r := range b.all() {
					if r.err != nil {
						t.Errorf("%s: %s: %v", c.what, path, r.err)
					}
				}
				if _, all := n.conns(); (all == 1) != c.shares {
					t.Errorf("%s, first %v: %d connections, want sharing %v", c.what, first, all, c.shares)
				}
			})
		}
	}
}

// Nothing is sent behind a body that is long in coming: what comes then has a
// connection of its own, at once.
func TestNothingBehindALargeBody(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", strings.Repeat("x", 1000))
		p.ExpectClosed()
	}, answers}}
	bubble(t, &dugonghttp.Transport{Depth: 8}, n, func(t *testing.T, b *asker) {
		resp, err := b.c.Do(get(t, "http://h.example/big"))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		b.ask("http://h.example/small")
		if b.well("/small"); time.Since(start) != 0 {
			t.Errorf("it took %v, want no time", time.Since(start))
		}
		resp.Body.Close()
	})
}

// Who comes while the head of the line is overdue does not queue behind it but
// has another connection, if there may be one; and waits for one otherwise.
func TestSlowHeadOpensAnotherConnection(t *testing.T) {
	for most, conns := range map[int]int{0: 2, 2: 2, 1: 2} { // of one at a time the slow one is given up when it is answered
		n := &network{scripts: []wiretest.Script{after(time.Second)}, rest: answers}
		var retries int
		tr := &dugonghttp.Transport{Depth: 8, MaxConnsPerHost: most, OnRetry: func(dugonghttp.Retry) { retries++ }}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			start := time.Now()
			b.ask("http://h.example/slow")
			<-time.After(200 * time.Millisecond)
			b.ask("http://h.example/behind") // and is sent again when its patience ends
			<-time.After(100 * time.Millisecond)
			b.ask("http://h.example/late")
			took := time.Since(start)
			if most != 1 && (took != 300*time.Millisecond || b.now("/late") != "/late" || b.now("/behind") != "/behind") {
				t.Errorf("at most %d connections: after %v not both are answered", most, took)
			}
			b.well("/slow", "/behind", "/late")
			if _, all := n.conns(); all != conns || retries != 1 {
				t.Errorf("at most %d connections: %d connections and %d retries, want %d and 1", most, all, retries, conns)
			}
		})
	}
}

// Where there is an idle connection, nobody queues behind a request that takes
// longer than usual, however quick the answers were before.
func TestIdleIsBetterThanBehindASlowOne(t *testing.T) {
	slow := func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			if r.Target == "/slow" {
				<-time.After(100 * time.Millisecond)
			}
			p.Send(ok(r.Target))
		}
	}
	n := &network{rest: slow}
	tr := &dugonghttp.Transport{}
	tr.Learn([]dugonghttp.Origin{{Scheme: "http", Addr: "h.example:80", Depth: 8, Gap: time.Microsecond}})
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.send(request(t, "POST", "http://h.example/post", strings.NewReader("x")))
		b.ask("http://h.example/slow")
		b.send(request(t, "PUT", "http://h.example/put", strings.NewReader("x"))) // now there are two
		b.ask("http://h.example/quick")
		<-time.After(5 * time.Millisecond)
		start := time.Now()
		b.ask("http://h.example/late")
		if b.now("/late") != "/late" || time.Since(start) != 0 {
			t.Errorf("it waited %v behind a slow one", time.Since(start))
		}
		b.well("/post", "/slow", "/put", "/late")
	})
}

// After HTTP/1.0 nothing is pipelined, and the log says so.
func TestOldServerIsNotPipelinedTo(t *testing.T) {
	n := &network{rest: func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			<-time.After(time.Second)
			p.Send(strings.Replace(ok(r.Target), "HTTP/1.1 200 OK\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", 1))
		}
	}}
	var log bytes.Buffer
	tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1, Logger: slog.New(slog.NewTextHandler(&log, nil))}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/0")
		b.well("/0")
		b.ask("http://h.example/1")
		b.ask("http://h.example/2")
		b.well("/1", "/2")
		if _, all := n.conns(); all != 2 {
			t.Errorf("%d connections, want one for each of two at a time", all)
		}
		if o := tr.Origins(); len(o) != 1 || !strings.Contains(o[0].NotPipelined, "1.0") || o[0].Depth != 1 {
			t.Errorf("learnt %+v", o)
		}
		if s := log.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "origin=h.example:80") || !strings.Contains(s, "1.0") {
			t.Errorf("the log says %q", s)
		}
	})
}

// A server that ends connections after a number of requests, twice the same,
// gets no more than that on the next one, so that none is sent in vain.
func TestRequestLimitIsLearnt(t *testing.T) {
	const limit = 5
	script := func(p *wiretest.Peer) {
		for i := range limit {
			r, more := p.NextHead()
			if !more {
				return
			}
			answer := ok(r.Target)
			if i == limit-1 {
				answer = strings.Replace(answer, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
			}
			p.Send(answer)
		}
		p.ExpectClosed()
	}
	n := &network{rest: script}
	var retries int
	tr := &dugonghttp.Transport{Depth: 8, OnRetry: func(dugonghttp.Retry) { retries++ }}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for i := range 2 * limit {
			b.ask(fmt.Sprint("http://h.example/", i))
			synctest.Wait()
		}
		b.all()
		o := tr.Origins()
		if len(o) != 1 || o[0].RequestLimit != limit {
			t.Fatalf("learnt %+v, want a limit of %d", o, limit)
		}
		retries = 0
		for i := range 4 * limit { // as many as may be, at a time
			path := fmt.Sprint("/many", i)
			req := get(t, "http://h.example"+path)
			b.wg.Go(func() {
				if _, body, err := fetch(b.c, req); body != path || err != nil {
					t.Errorf("%s: got %q, %v", path, body, err)
				}
			})
		}
		if b.wg.Wait(); retries != 0 {
			t.Errorf("%d requests were sent in vain", retries)
		}
		next := restored(t, o)
		if kept := next.Origins(); len(kept) != 0 {
			t.Errorf("what was learnt elsewhere is shown as our own: %+v", kept)
		}
	})
}

// restored makes a Transport with what another has learnt, by way of JSON.
func restored(t *testing.T, o []dugonghttp.Origin) *dugonghttp.Transport {
	t.Helper()
	saved, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back []dugonghttp.Origin
	if err := json.Unmarshal(saved, &back); err != nil {
		t.Fatal(err)
	}
	tr := &dugonghttp.Transport{}
	tr.Learn(back)
	return tr
}

// What was learnt and given back counts from the first request on: the depth,
// the limit, and that nothing is to be pipelined.
func TestLearn(t *testing.T) {
	for _, c := range []struct {
		origin dugonghttp.Origin
		conns  int
	}{
		{dugonghttp.Origin{Depth: 8}, 1},
		{dugonghttp.Origin{Depth: 1}, 4},
		{dugonghttp.Origin{Depth: 2}, 3}, // two on the first, and new ones begin with a single one
		{dugonghttp.Origin{Depth: 8, NotPipelined: "a wrong answer"}, 4},
		{dugonghttp.Origin{Depth: 8, RequestLimit: 2}, 4}, // /first and one more on the first connection
	} {
		c.origin.Scheme, c.origin.Addr = "http", "h.example:80"
		tr := restored(t, []dugonghttp.Origin{c.origin})
		tr.HeadOfLineLimit = -1
		n := &network{rest: after(time.Millisecond)}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/first") // on a new connection it goes alone
			b.all()
			for _, path := range []string{"/0", "/1", "/2", "/3"} {
				b.ask("http://h.example" + path)
			}
			b.well("/first", "/0", "/1", "/2", "/3")
			if _, all := n.conns(); all != c.conns {
				t.Errorf("%+v: %d connections, want %d", c.origin, all, c.conns)
			}
			if got := tr.Origins()[0].NotPipelined; got != c.origin.NotPipelined {
				t.Errorf("%+v: it is now %q", c.origin, got)
			}
		})
	}
}

// The automatic depth doubles with twice as many proofs as it is deep; what has
// nothing ahead proves nothing but that it may begin.
func TestAutomaticDepthGrows(t *testing.T) {
	n := &network{rest: after(time.Millisecond)}
	tr := &dugonghttp.Transport{MaxConnsPerHost: 1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		depth := func() int { return tr.Origins()[0].Depth }
		var seen []int
		for i := range 6 {
			b.ask(fmt.Sprint("http://h.example/", i))
			b.all()
			seen = append(seen, depth())
		}
		if fmt.Sprint(seen) != "[1 2 2 2 2 2]" {
			t.Errorf("one after the other: depths %v, want one step", seen)
		}
		for i := range 200 {
			req := get(t, fmt.Sprint("http://h.example/many", i))
			b.wg.Go(func() {
				if _, _, err := fetch(b.c, req); err != nil {
					t.Error(err)
				}
			})
		}
		b.wg.Wait()
		if d := depth(); d < 16 {
			t.Errorf("after 200 at a time: depth %d", d)
		}
		if o := tr.Origins()[0]; o.Answers != 206 || o.Pipelined < 150 || o.Conns != 1 || o.Idle != 1 || o.Gap <= 0 {
			t.Errorf("the origin is %+v", o)
		}
	})
}
