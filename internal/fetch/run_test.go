package fetch

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestOneConnectionPipelines(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		all := paths(10)
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			expect(p, all...)
			answer(p, all...)
			p.ExpectEOF()
		})
		h := fetchAll(t, m, options(m), srv.Addr, all...)
		h.wantAll(t, all...)
		if s := h.stats; s.Connections != 1 || s.Documents != 10 || s.Retries != 0 || s.Repeated != 0 || s.Failures != 0 {
			t.Errorf("%+v", s)
		}
		sum := sha256.Sum256([]byte(bodyOf("/3")))
		r, _ := h.of(3)
		if r.SHA256 != hex.EncodeToString(sum[:]) || r.Bytes != int64(len(bodyOf("/3"))) || r.Attempts != 1 || r.Conn != 1 {
			t.Errorf("%+v", r)
		}
		if r.Start.IsZero() || r.FirstByte.Before(r.Start) || r.End.Before(r.FirstByte) {
			t.Errorf("times %v, %v, %v", r.Start, r.FirstByte, r.End)
		}
	})
}

// With depth 3 there are never more than 3 in flight.
func TestDepth(t *testing.T) {
	o := options(wiretest.Plain)
	o.Depth = 3
	all := paths(7)
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		expect(p, "/0", "/1", "/2")
		p.ExpectNothing()
		answer(p, "/0", "/1")
		expect(p, "/3", "/4")
		p.ExpectNothing()
		answer(p, "/2", "/3", "/4")
		expect(p, "/5", "/6")
		answer(p, "/5", "/6")
		p.ExpectEOF()
	})
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	h.wantAll(t, all...)
}

// A job that comes while an answer is awaited is sent at once.
func TestSlowSource(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		asked := make(chan struct{})
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			expect(p, "/0")
			close(asked)
			expect(p, "/1")
			answer(p, "/0", "/1")
			p.ExpectEOF()
		})
		jobs := make(chan Job)
		go func() {
			defer close(jobs)
			jobs <- Job{URL: urlOf(m, srv.Addr, "/0")}
			<-asked
			jobs <- Job{URL: urlOf(m, srv.Addr, "/1")}
		}()
		s := Run(context.Background(), options(m), jobs, func(r Result) {
			if r.Err != nil {
				t.Error(r.Err)
			}
		})
		if s.Documents != 2 || s.Connections != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// An idle connection is used again, and waits for the end of the source.
func TestIdleConnection(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		expect(p, "/0")
		answer(p, "/0")
		expect(p, "/1")
		answer(p, "/1")
		p.ExpectEOF()
	})
	jobs, answered := make(chan Job), make(chan struct{}, 2)
	go func() {
		defer close(jobs)
		jobs <- Job{URL: "http://" + srv.Addr + "/0"}
		<-answered
		jobs <- Job{URL: "http://" + srv.Addr + "/1"}
	}()
	if s := Run(context.Background(), options(wiretest.Plain), jobs, func(Result) { answered <- struct{}{} }); s.Documents != 2 {
		t.Errorf("%+v", s)
	}
}

func TestSeveralConnections(t *testing.T) {
	o := options(wiretest.Plain)
	o.Connections = 3
	all := paths(30)
	var asked atomic.Int32
	allAsked := make(chan struct{})
	begin := func(p *wiretest.Peer) { // no answer before all three are asked
		r := p.ReadRequest()
		if asked.Add(1) == 3 {
			close(allAsked)
		}
		p.Wait(allAsked)
		p.Send(response(r.Target))
		serveAll(p)
	}
	srv := wiretest.Serve(t, wiretest.Plain, begin, begin, begin)
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	h.wantAll(t, all...)
	if h.stats.Connections != 3 {
		t.Errorf("%+v", h.stats)
	}
}

// Connections to other origins are made when idle ones can be given up.
func TestTotal(t *testing.T) {
	o := options(wiretest.Plain)
	o.Total = 1
	one := wiretest.Serve(t, wiretest.Plain, serveAll)
	two := wiretest.Serve(t, wiretest.Plain, serveAll)
	jobs, answered := make(chan Job), make(chan struct{}, 2)
	go func() {
		defer close(jobs)
		jobs <- Job{URL: "http://" + one.Addr + "/0"}
		<-answered // its connection is idle, or is about to be
		jobs <- Job{URL: "http://" + two.Addr + "/0"}
		<-answered
	}()
	if s := Run(context.Background(), o, jobs, func(Result) { answered <- struct{}{} }); s.Documents != 2 {
		t.Errorf("%+v", s)
	}
}

// The source may be longer than the queue.
func TestQueueBound(t *testing.T) {
	o := options(wiretest.Plain)
	o.Queue = 4
	all := paths(50)
	srv := wiretest.Serve(t, wiretest.Plain, serveAll)
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	h.wantAll(t, all...)
}

func TestBadURLFailsAlone(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, serveAll)
	h := fetchURLs(t, context.Background(), options(wiretest.Plain), "http://"+srv.Addr+"/0", "ftp://user:secret@host/x", "http://"+srv.Addr+"/2")
	h.wantAll(t, "/0")
	r, _ := h.of(1)
	var bad *BadInput
	if !errors.As(r.Err, &bad) || r.Verdict != NotProcessed || r.Temporary() || r.URL != "ftp://...@host/x" {
		t.Errorf("%+v", r)
	}
	if r, _ := h.of(2); r.Err != nil {
		t.Error(r.Err)
	}
}

func TestUserInformation(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		if got := p.ReadHead().Get("Authorization"); got != "Basic dXNlcjpzZWM6cmV0" {
			p.Fatalf("Authorization %q", got)
		}
		answer(p, "/0")
		p.ExpectEOF()
	})
	h := fetchURLs(t, context.Background(), options(wiretest.Plain), "http://user:sec%3Aret@"+srv.Addr+"/0")
	h.wantAll(t, "/0")
	if r, _ := h.of(0); r.URL != "http://"+srv.Addr+"/0" {
		t.Errorf("URL %s", r.URL)
	}
}

func TestHeader(t *testing.T) {
	o := options(wiretest.Plain)
	o.Header = dugong.HeaderOf("Accept", "text/plain", "Host", "other.example")
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		if r := p.ReadHead(); r.Get("Accept") != "text/plain" || len(r.Values("Host")) != 1 || r.Get("Host") != "other.example" {
			p.Fatalf("%q", r.Raw)
		}
		answer(p, "/0")
		p.ExpectEOF()
	})
	fetchAll(t, wiretest.Plain, o, srv.Addr, "/0").wantAll(t, "/0")
}

// The end of the context ends everything, and each job has its result.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		expect(p, "/0")
		answer(p, "/0")
		expect(p, "/1")
		cancel()
		p.Drain()
	})
	o := options(wiretest.Plain)
	o.Depth = 1
	all := paths(5)
	h := fetchURLs(t, ctx, o, prefixed("http://"+srv.Addr, all)...)
	h.wantAll(t, "/0")
	for i, want := range []Verdict{Answered, MaybeProcessed, NotProcessed, NotProcessed, NotProcessed} {
		if r, sink := h.of(i); r.Verdict != want || i > 0 && !errors.Is(r.Err, dugong.ErrCanceled) || sink.begun != sink.commits+sink.aborts {
			t.Errorf("%d: %+v, sink %+v; want %s", i, r, sink, want)
		}
	}
}

func prefixed(prefix string, all []string) (urls []string) {
	for _, p := range all {
		urls = append(urls, prefix+p)
	}
	return urls
}
