package dugonghttp_test

import (
	"errors"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// With DisableRetries nothing is sent again, not even what was not processed;
// its error says that it was not. Otherwise that is sent again whatever it is.
func TestRetriesOffAndOn(t *testing.T) {
	for _, off := range []bool{true, false} {
		for _, method := range []string{"GET", "POST", "PATCH", "BREW"} {
			n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
				serve(p, "/a")
				p.Close() // so that the connection is found closed before anything is sent
			}}, rest: answers}
			var told int
			tr := &dugonghttp.Transport{DisableRetries: off, OnRetry: func(r dugonghttp.Retry) {
				if told++; r.Attempt != 2 || dugonghttp.Verdict(r.Err) != dugong.NotProcessed || r.Request.Method != method {
					t.Errorf("%s: told of %+v", method, r)
				}
			}}
			bubble(t, tr, n, func(t *testing.T, b *asker) {
				b.ask("http://h.example/a")
				b.well("/a")
				b.send(request(t, method, "http://h.example/b", nil))
				r := b.all()["/b"]
				if off && (told != 0 || r.err == nil || dugonghttp.Verdict(r.err) != dugong.NotProcessed) || !off && (told != 1 || r.body != "/b") {
					t.Errorf("off %v, %s: got %q, %v; told %d times", off, method, r.body, r.err, told)
				}
			})
		}
	}
}

// Behind an answer that is long in coming, and behind a lost one, nothing is
// sent again either with DisableRetries.
func TestRetriesOffBehindOthers(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/a", "/b")
		<-time.After(time.Minute)
		p.Send(ok("/a"))
		p.Close()
	}}}
	tr := &dugonghttp.Transport{Depth: 8, DisableRetries: true, OnRetry: func(r dugonghttp.Retry) { t.Errorf("told of %+v", r) }}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/a")
		b.ask("http://h.example/b")
		b.well("/a")
		if err := b.got["/b"].err; !errors.Is(err, dugong.ErrConnectionClosed) || dugonghttp.Verdict(err) == dugong.NotProcessed {
			t.Errorf("/b: got %v", err)
		}
	})
}

// A body is had anew by GetBody for each repetition, and each copy is closed;
// the one that was not touched is sent as it is.
func TestGetBodyForEachRepetition(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Body != "body" {
			p.Fatalf("got %q", r.Raw)
		}
		if p.Number() < 4 {
			p.Close()
			return
		}
		p.Send(ok("done"))
		p.ExpectClosed()
	})
	var bodies []*countedBody
	next := func() (io.ReadCloser, error) {
		bodies = append(bodies, &countedBody{Reader: strings.NewReader("body")})
		return bodies[len(bodies)-1], nil
	}
	first, _ := next()
	req := request(t, "POST", "http://"+srv.Addr, nil)
	req.Body, req.GetBody, req.ContentLength = first, next, 4
	tr := &dugonghttp.Transport{AllowRetry: func(*http.Request, error) bool { return true }}
	if _, body, err := fetch(client(t, tr), req); body != "done" || err != nil {
		t.Fatalf("got %q, %v", body, err)
	}
	if len(bodies) != 4 {
		t.Errorf("%d bodies were made, want 4", len(bodies))
	}
	for i, b := range bodies {
		for over := time.Now().Add(wiretest.DefaultGuard); !b.closed.Load() && time.Now().Before(over); { // the answer may be here first
			runtime.Gosched()
		}
		if !b.read.Load() || !b.closed.Load() {
			t.Errorf("body %d was read: %v, closed: %v", i+1, b.read.Load(), b.closed.Load())
		}
	}
	tr.CloseIdleConnections()
}
