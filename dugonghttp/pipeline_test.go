package dugonghttp_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// pipes gives each dial the next script over net.Pipe, inside a bubble.
type pipes struct {
	t       *testing.T
	scripts []wiretest.Script
	n       atomic.Int32
}

func (p *pipes) dial(context.Context, string, string) (net.Conn, error) {
	i := int(p.n.Add(1)) - 1
	if i >= len(p.scripts) {
		return nil, fmt.Errorf("connection %d, but there are %d scripts", i+1, len(p.scripts))
	}
	near, far := net.Pipe()
	wiretest.Setup{Guard: time.Hour}.Play(p.t, far, p.scripts[i])
	return near, nil
}

type result struct {
	path, body string
	err        error
}

// inBubble plays scripts against a Transport. ask sends a GET and returns at
// once; what it came to is in the map that results gives, by path.
func inBubble(t *testing.T, tr *dugonghttp.Transport, body func(ask func(path string), results func() map[string]result), scripts ...wiretest.Script) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: scripts}
		tr.DialContext = p.dial
		c := &http.Client{Transport: tr}
		var mu sync.Mutex
		var wg sync.WaitGroup
		got := map[string]result{}
		ask := func(path string) {
			wg.Go(func() {
				_, body, err := fetch(c, get(t, "http://h.example"+path))
				mu.Lock()
				defer mu.Unlock()
				got[path] = result{path, body, err}
			})
			synctest.Wait()
		}
		body(ask, func() map[string]result {
			wg.Wait()
			return got
		})
		tr.CloseIdleConnections()
	})
}

func want(t *testing.T, got map[string]result, paths ...string) {
	t.Helper()
	for _, path := range paths {
		if r := got[path]; r.err != nil || r.body != path {
			t.Errorf("%s: got %q, %v", path, r.body, r.err)
		}
	}
}

func serve(p *wiretest.Peer, paths ...string) {
	for _, path := range paths {
		if r := p.ReadRequest(); r.Target != path {
			p.Fatalf("got %s, want %s", r.Target, path)
		}
		p.Send(ok(path))
	}
}

func expect(p *wiretest.Peer, paths ...string) {
	for _, path := range paths {
		if r := p.ReadRequest(); r.Target != path {
			p.Fatalf("got %s, want %s", r.Target, path)
		}
	}
}

// Requests go out without waiting for the answers ahead of them.
func TestPipelines(t *testing.T) {
	inBubble(t, &dugonghttp.Transport{Depth: 8}, func(ask func(string), results func() map[string]result) {
		ask("/0")
		for _, path := range []string{"/a", "/b", "/c"} {
			ask(path)
		}
		want(t, results(), "/0", "/a", "/b", "/c")
	}, func(p *wiretest.Peer) {
		expect(p, "/0", "/a", "/b", "/c") // all are here before any is answered
		p.Send(ok("/0"), ok("/a"), ok("/b"), ok("/c"))
		p.ExpectClosed()
	})
}

// Answers in the wrong order look right. A check by the caller finds them out.
func TestSwappedAnswersAreChecked(t *testing.T) {
	tr := &dugonghttp.Transport{Depth: 8, CheckResponse: func(req *http.Request, resp *http.Response) error {
		if got := resp.Header.Get("X-Path"); got != req.URL.Path {
			return errors.New("an answer to " + got)
		}
		return nil
	}}
	right := func(path string) string {
		return "HTTP/1.1 200 OK\r\nX-Path: " + path + "\r\nContent-Length: 2\r\n\r\n" + path
	}
	again := func(p *wiretest.Peer) { // one of the two may serve both
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			p.Send(right(r.Target))
		}
	}
	inBubble(t, tr, func(ask func(string), results func() map[string]result) {
		ask("/0")
		ask("/a")
		ask("/b")
		want(t, results(), "/0", "/a", "/b")
		if o := tr.Origins()[0]; !strings.Contains(o.NotPipelined, "CheckResponse") {
			t.Errorf("the origin is taken for %+v", o)
		}
	}, func(p *wiretest.Peer) {
		expect(p, "/0", "/a", "/b")
		p.TrySend(right("/0"), right("/b"), right("/a")) // it may be closed after the second
		p.Drain()
	}, again, again)
}

// A POST waits for no answer of others and lets nobody wait behind it.
func TestPostIsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: []wiretest.Script{
			func(p *wiretest.Peer) {
				expect(p, "/a")
				p.ExpectNothing()
				p.Send(ok("/a"))
				p.ExpectClosed()
			},
			func(p *wiretest.Peer) {
				expect(p, "/post")
				p.ExpectNothing()
				p.Send(ok("/post"))
				p.ExpectClosed()
			},
		}}
		tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial, HeadOfLineLimit: -1}
		c := &http.Client{Transport: tr}
		var wg sync.WaitGroup
		wg.Go(func() { fetch(c, get(t, "http://h.example/a")) })
		synctest.Wait()
		wg.Go(func() { fetch(c, request(t, "POST", "http://h.example/post", strings.NewReader("x"))) })
		wg.Wait()
		tr.CloseIdleConnections()
		if n := p.n.Load(); n != 2 {
			t.Errorf("%d connections, want 2", n)
		}
	})
}

// Credentials are not mixed on a connection with several requests.
func TestCredentialsAreNotMixed(t *testing.T) {
	for mix, conns := range map[bool]int32{false: 2, true: 1} {
		synctest.Test(t, func(t *testing.T) {
			script := func(p *wiretest.Peer) {
				for {
					r, more := p.NextHead()
					if !more {
						return
					}
					<-time.After(10 * time.Millisecond)
					p.Send(ok(r.Target))
				}
			}
			p := &pipes{t: t, scripts: []wiretest.Script{script, script}}
			tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial, MixCredentials: mix}
			c := &http.Client{Transport: tr}
			var wg sync.WaitGroup
			for _, who := range []string{"Basic YTph", "Basic Yjpi"} {
				req := get(t, "http://h.example/a")
				req.Header.Set("Authorization", who)
				wg.Go(func() {
					if _, _, err := fetch(c, req); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
			}
			wg.Wait()
			tr.CloseIdleConnections()
			if n := p.n.Load(); n != conns {
				t.Errorf("mixing %v: %d connections, want %d", mix, n, conns)
			}
		})
	}
}

// Cancelling one of several leaves the others alone, and its answer is not
// taken for theirs.
func TestCancelOneOfMany(t *testing.T) {
	for victim := range 3 {
		synctest.Test(t, func(t *testing.T) {
			go_ := make(chan struct{})
			p := &pipes{t: t, scripts: []wiretest.Script{func(p *wiretest.Peer) {
				expect(p, "/0", "/1", "/2")
				<-go_
				p.Send(ok("/0"), ok("/1"), ok("/2"))
				p.ExpectClosed()
			}}}
			tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial}
			var wg sync.WaitGroup
			cancels := make([]context.CancelFunc, 3)
			for i := range 3 {
				ctx, cancel := context.WithCancel(t.Context())
				cancels[i] = cancel
				req := get(t, fmt.Sprint("http://h.example/", i)).WithContext(ctx)
				wg.Go(func() {
					_, body, err := fetch(&http.Client{Transport: tr}, req)
					switch {
					case i == victim && (!errors.Is(err, context.Canceled) || dugonghttp.Verdict(err) != dugong.MaybeProcessed):
						t.Errorf("the cancelled request gave %q, %v", body, err)
					case i != victim && (err != nil || body != fmt.Sprint("/", i)):
						t.Errorf("cancelling %d: request %d gave %q, %v", victim, i, body, err)
					}
				})
				synctest.Wait()
			}
			cancels[victim]()
			synctest.Wait()
			close(go_)
			wg.Wait()
			synctest.Wait() // the answer that nobody wants is read
			for _, cancel := range cancels {
				cancel()
			}
			tr.CloseIdleConnections()
		})
	}
}

// Who is behind an answer that its caller does not read is sent again
// elsewhere, before the caller ahead, who may wait for it, has waited for ever.
func TestSlowHead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		big := strings.Repeat("x", 200<<10)
		p := &pipes{t: t, scripts: []wiretest.Script{
			func(p *wiretest.Peer) {
				expect(p, "/big", "/small")
				p.TrySend(ok(big))
				p.TrySend(ok("/small"))
				p.Drain()
			},
			func(p *wiretest.Peer) {
				serve(p, "/small")
				p.ExpectClosed()
			},
		}}
		tr := &dugonghttp.Transport{Depth: 8, DialContext: p.dial}
		c := &http.Client{Transport: tr}
		head := make(chan *http.Response, 1)
		go func() {
			resp, err := c.Do(get(t, "http://h.example/big"))
			if err != nil {
				t.Error(err)
			}
			head <- resp
		}()
		synctest.Wait()
		start := time.Now()
		_, body, err := fetch(c, get(t, "http://h.example/small"))
		if err != nil || body != "/small" {
			t.Errorf("got %q, %v", body, err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("it took %v", d)
		}
		resp := <-head
		resp.Body.Close()
		tr.CloseIdleConnections()
	})
}

// The depth is earned, and what was learnt can be handed on.
func TestDepthIsEarned(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			p.Send(ok(r.Target))
		}
	})
	tr := &dugonghttp.Transport{HeadOfLineLimit: -1} // a slow machine proves nothing
	c := client(t, tr)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := range 200 {
				path := fmt.Sprint("/", i)
				if _, body, err := fetch(c, get(t, "http://"+srv.Addr+path)); err != nil || body != path {
					t.Errorf("got %q, %v", body, err)
				}
			}
		})
	}
	wg.Wait()
	o := tr.Origins()
	if len(o) != 1 || o[0].Depth < 2 || o[0].Answers != 3200 || o[0].Pipelined == 0 || o[0].NotPipelined != "" {
		t.Fatalf("learnt %+v", o)
	}
	var next dugonghttp.Transport
	next.Learn(o)
	c2 := client(t, &next)
	if _, _, err := fetch(c2, get(t, "http://"+srv.Addr+"/")); err != nil {
		t.Fatal(err)
	}
	if n := next.Origins()[0]; n.Depth != o[0].Depth {
		t.Errorf("handed on %d, got %d", o[0].Depth, n.Depth)
	}
	tr.CloseIdleConnections()
	next.CloseIdleConnections()
}
