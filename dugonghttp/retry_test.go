package dugonghttp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// lossy answers one request and loses the next one, having read it.
func lossy(p *wiretest.Peer) {
	p.ReadRequest()
	p.Send(ok("first"))
	p.ReadRequest()
	p.Close()
}

// Which requests are sent again after a loss on a used connection that left it
// open whether they were processed.
func TestWhatIsRepeated(t *testing.T) {
	set := func(name, value string) func(*http.Request, *dugonghttp.Transport) {
		return func(r *http.Request, _ *dugonghttp.Transport) { r.Header[name] = []string{value} }
	}
	plain := func(*http.Request, *dugonghttp.Transport) {}
	off := func(_ *http.Request, tr *dugonghttp.Transport) { tr.DisableRetries = true }
	allow := func(yes bool) func(*http.Request, *dugonghttp.Transport) {
		return func(_ *http.Request, tr *dugonghttp.Transport) {
			tr.AllowRetry = func(r *http.Request, err error) bool {
				return yes && r.Method == "POST" && dugonghttp.Verdict(err) == dugong.MaybeProcessed
			}
		}
	}
	bare := func(r *http.Request, _ *dugonghttp.Transport) { r.GetBody = nil }
	for _, c := range []struct {
		what, method, body string
		change             func(*http.Request, *dugonghttp.Transport)
		again              bool
	}{
		{"GET", "GET", "", plain, true},
		{"no method", "", "", plain, true},
		{"HEAD", "HEAD", "", plain, true},
		{"OPTIONS", "OPTIONS", "", plain, true},
		{"TRACE", "TRACE", "", plain, true},
		{"DELETE", "DELETE", "", plain, true},
		{"PUT with a body", "PUT", "body", plain, true},
		{"QUERY", "QUERY", "", plain, true},
		{"QUERY with a body", "QUERY", "body", plain, true},
		{"POST", "POST", "body", plain, false},
		{"POST without a body", "POST", "", plain, false},
		{"PATCH", "PATCH", "body", plain, false},
		{"unknown", "BREW", "", plain, false},
		{"POST with Idempotency-Key", "POST", "body", set("Idempotency-Key", "1"), true},
		{"POST with an empty X-Idempotency-Key", "POST", "body", set("X-Idempotency-Key", ""), true},
		{"GET, retries off", "GET", "", off, false},
		{"POST, allowed", "POST", "body", allow(true), true},
		{"POST, not allowed", "POST", "body", allow(false), false},
		{"PUT that cannot be sent again", "PUT", "body", bare, false},
	} {
		scripts := []wiretest.Script{lossy}
		if c.again {
			scripts = append(scripts, func(p *wiretest.Peer) {
				r := p.ReadRequest()
				if r.Body != c.body || c.method != "" && r.Method != c.method {
					p.Fatalf("%s: sent again as %q", c.what, r.Raw)
				}
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				p.ExpectClosed()
			})
		}
		srv := wiretest.Serve(t, wiretest.Plain, scripts...)
		tr := &dugonghttp.Transport{}
		var body io.Reader
		if c.body != "" {
			body = strings.NewReader(c.body)
		}
		req := request(t, c.method, "http://"+srv.Addr+"/x", body)
		if c.method == "" {
			req.Method = ""
		}
		var told []dugonghttp.Retry
		tr.OnRetry = func(r dugonghttp.Retry) { told = append(told, r) }
		c.change(req, tr)
		cl := client(t, tr)
		if _, _, err := fetch(cl, get(t, "http://"+srv.Addr+"/first")); err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		if err == nil {
			resp.Body.Close()
		}
		if (err == nil) != c.again {
			t.Errorf("%s: got %v, want it sent again: %v", c.what, err, c.again)
		}
		if err != nil && (dugonghttp.Verdict(err) != dugong.MaybeProcessed || !errors.Is(err, dugong.ErrConnectionClosed)) {
			t.Errorf("%s: the error is %v, %v", c.what, err, dugonghttp.Verdict(err))
		}
		switch {
		case !c.again && len(told) != 0:
			t.Errorf("%s: told of %v", c.what, told)
		case c.again && (len(told) != 1 || told[0].Request != req || told[0].Attempt != 2 || dugonghttp.Verdict(told[0].Err) != dugong.MaybeProcessed):
			t.Errorf("%s: told of %+v", c.what, told)
		}
		tr.CloseIdleConnections()
	}
}

// What was lost on a new connection, with nothing before it, is not sent again
// even if it is idempotent: the server would fail again.
func TestNewConnectionIsNotRepeated(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.ReadRequest(); p.Close() })
	_, _, err := fetch(client(t, &dugonghttp.Transport{}), get(t, "http://"+srv.Addr))
	if dugonghttp.Verdict(err) != dugong.MaybeProcessed || err == nil {
		t.Errorf("got %v", err)
	}
}

// What the server announced that it would not read is sent again whatever it
// is, also with the body, which GetBody gives anew or which was not touched.
func TestNotProcessedIsRepeated(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok("/a"))
		p.Close()
	}, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Method != "POST" || r.Body != "body" {
			p.Fatalf("got %q", r.Raw)
		}
		p.Send(ok("/b"))
		p.ExpectClosed()
	}}}
	var told []string
	tr := &dugonghttp.Transport{OnRetry: func(r dugonghttp.Retry) {
		told = append(told, fmt.Sprint(r.Attempt, " ", dugonghttp.Verdict(r.Err)))
	}}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/a")
		b.all()
		// A reader that tells nothing of itself, and no GetBody.
		b.send(request(t, "POST", "http://h.example/b", struct{ io.Reader }{strings.NewReader("body")}))
		b.well("/a", "/b")
		if fmt.Sprint(told) != "[2 not processed]" {
			t.Errorf("told of %q", told)
		}
	})
}

// Repetition has an end, and the error of GetBody is in that of the request.
func TestRepetitionIsBounded(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) { p.ReadRequest(); p.Close() })
	var told int
	tr := &dugonghttp.Transport{AllowRetry: func(*http.Request, error) bool { return true }, OnRetry: func(dugonghttp.Retry) { told++ }}
	if _, _, err := fetch(client(t, tr), get(t, "http://"+srv.Addr)); err == nil || told != 7 {
		t.Errorf("%v after %d repetitions, want 7", err, told)
	}
	mine := errors.New("no more")
	req := request(t, "POST", "http://"+srv.Addr, strings.NewReader("x"))
	req.GetBody = func() (io.ReadCloser, error) { return nil, mine }
	if _, _, err := fetch(client(t, tr), req); !errors.Is(err, mine) {
		t.Errorf("got %v, want the error of GetBody", err)
	}
}

// What was sent behind an answer that announces the end was not processed, and
// is sent again as such, whether or not it could be sent twice.
func TestBehindTheLastAnswer(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/0", "/1", "/2")
		p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n/0")
		p.Close()
	}}, rest: answers}
	var mu sync.Mutex
	var told []string
	tr := &dugonghttp.Transport{Depth: 8, OnRetry: func(r dugonghttp.Retry) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprint(r.Attempt, " ", dugonghttp.Verdict(r.Err)))
	}}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for i := range 3 {
			b.ask(fmt.Sprint("http://h.example/", i))
		}
		b.well("/0", "/1", "/2")
		if fmt.Sprint(told) != "[2 not processed 2 not processed]" {
			t.Errorf("told of %q", told)
		}
	})
}

// A small body that the connection does not take in one piece is not given up,
// and above all not sent a second time.
func TestSmallBodyInPieces(t *testing.T) {
	for _, read := range []bool{true, false} {
		body := strings.Repeat("x", 16<<10)
		goOn := make(chan struct{})
		srv := wiretest.Setup{ReadBuffer: 4 << 10}.Serve(t, func(p *wiretest.Peer) {
			serve(p, "/first")
			p.StopReading(goOn)
			if !read {
				p.Reset()
				return
			}
			if r := p.ReadRequest(); r.Body != body {
				p.Fatalf("a body of %d octets", len(r.Body))
			}
			p.Send(ok("done"))
			p.ExpectClosed()
		})
		tr := &dugonghttp.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := new(net.Dialer).DialContext(ctx, network, addr)
			if err == nil {
				c.(*net.TCPConn).SetWriteBuffer(4 << 10)
			}
			return c, err
		}, Metrics: &dugonghttp.Metrics{Attempt: func(a dugonghttp.Attempt) {
			if a.Number > 1 {
				t.Errorf("sent again: %+v", a)
			}
		}}}
		c := client(t, tr)
		if _, _, err := fetch(c, get(t, "http://"+srv.Addr+"/first")); err != nil {
			t.Fatal(err)
		}
		req := request(t, "POST", "http://"+srv.Addr+"/post", strings.NewReader(body))
		req.Header.Set("X-Long", strings.Repeat("y", 64<<10)) // more than the buffers take
		req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{WroteHeaders: func() { close(goOn) }}))
		_, got, err := fetch(c, req)
		if read && (got != "done" || err != nil) || !read && (err == nil || dugonghttp.Verdict(err) != dugong.MaybeProcessed) {
			t.Errorf("read %v: got %q, %v", read, got, err)
		}
		tr.CloseIdleConnections()
	}
}

// Who was the first to get a place on a new connection, but sends behind
// another who was faster, is sent again like all that is behind others.
func TestFirstThatSendsSecondIsRepeated(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/fast", "/first")
		<-time.After(time.Second)
		p.TrySend(ok("/fast"))
		p.Drain()
	}, answers}}
	bubble(t, &dugonghttp.Transport{Depth: 8}, n, func(t *testing.T, b *asker) {
		goOn := make(chan struct{})
		req := get(t, "http://h.example/first")
		b.send(req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
			GotConn: func(i httptrace.GotConnInfo) {
				if !i.Reused {
					<-goOn
				}
			},
		})))
		b.ask("http://h.example/fast")
		goOn <- struct{}{}
		b.wg.Go(func() { close(goOn) })
		b.well("/first", "/fast")
	})
}

// The connection that replaces a lost pipeline starts with a single request
// (RFC 9112 section 9.3.2).
func TestReplacementStartsAlone(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/0", "/1", "/2", "/3")
		p.Send(ok("/0"))
		p.Close()
	}}, rest: func(p *wiretest.Peer) {
		r := p.ReadRequest()
		p.ExpectNothing()
		p.Send(ok(r.Target))
		answers(p)
	}}
	tr := &dugonghttp.Transport{Depth: 8}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		for i := range 4 {
			b.ask(fmt.Sprint("http://h.example/", i))
		}
		b.well("/0", "/1", "/2", "/3")
		if o := tr.Origins()[0]; o.NotPipelined == "" {
			t.Errorf("after the loss of a pipeline: %+v", o)
		}
	})
}
