package fetch

import (
	"errors"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A wrong answer to a request that was alone is final; behind a pipeline,
// pipelining may be to blame: one at a time from then on.
func TestWrongAnswer(t *testing.T) {
	all := paths(3)
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, all...)
			answer(p, "/0")
			p.Send("HTTP/1.1 2000 What\r\n\r\n")
			p.ExpectClosed()
		},
		func(p *wiretest.Peer) {
			expect(p, "/1")
			p.ExpectNothing()
			p.Send("HTTP/1.1 2000 What\r\n\r\n")
			p.ExpectClosed()
		}, serveAll)
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, all...)
	if r, _ := h.of(1); !errors.Is(r.Err, dugong.ErrInvalidResponse) || r.Temporary() || r.Attempts != 2 || r.Verdict != MaybeProcessed {
		t.Errorf("%+v", r)
	}
	for _, i := range []int{0, 2} {
		if r, sink := h.of(i); r.Err != nil || sink.buf.String() != bodyOf(all[i]) {
			t.Errorf("%+v", r)
		}
	}
}

// An origin that answered in HTTP/1.0 gets one request at a time.
func TestHTTP10(t *testing.T) {
	all := paths(4)
	one := func(path string) wiretest.Script {
		return func(p *wiretest.Peer) {
			expect(p, path)
			p.ExpectNothing()
			p.Send("HTTP/1.0 200 OK\r\n\r\n" + bodyOf(path))
		}
	}
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, all...)
			p.Send("HTTP/1.0 200 OK\r\n\r\n" + bodyOf("/0"))
			p.Linger()
		}, one("/1"), one("/2"), one("/3"))
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, all...)
	h.wantAll(t, all...)
	if h.stats.Retries != 0 {
		t.Errorf("%+v", h.stats)
	}
}

// One request at a time holds on the connection itself, too.
func TestHTTP10KeepAlive(t *testing.T) {
	all := paths(8)
	const keep = "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 10\r\n\r\n"
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		expect(p, all[:4]...)
		p.ExpectNothing()
		for _, path := range all[:4] {
			p.Send(keep + bodyOf(path))
		}
		for _, path := range all[4:] {
			expect(p, path)
			p.ExpectNothing()
			p.Send(keep + bodyOf(path))
		}
		p.ExpectEOF()
	})
	o := options(wiretest.Plain)
	o.Depth = 4
	fetchAll(t, wiretest.Plain, o, srv.Addr, all...).wantAll(t, all...)
}

// A coding that is not known stays so: no repetition, for that document.
func TestUnsupportedAnswer(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, "/0", "/1")
			p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: squeezed\r\n\r\nx")
			p.ExpectClosed()
		}, serveAll)
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, "/0", "/1")
	if r, _ := h.of(0); !errors.Is(r.Err, dugong.ErrUnsupportedResponse) || r.Temporary() || r.Attempts != 1 || r.Verdict != MaybeProcessed || r.Status != 200 {
		t.Errorf("%+v", r)
	}
	if r, sink := h.of(1); r.Err != nil || r.Attempts != 2 || sink.buf.String() != bodyOf("/1") {
		t.Errorf("%+v", r)
	}
}

// A 408 may have been on its way when the request was sent.
func TestRequestTimeout(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, "/0")
			p.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			p.ExpectClosed()
		}, serveAll)
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, "/0")
	h.wantAll(t, "/0")
	if h.stats.Retries != 1 {
		t.Errorf("%+v", h.stats)
	}
}

// A stall behind a pipeline: one at a time from then on.
func TestStall(t *testing.T) {
	o := options(wiretest.Plain)
	o.Config.Timeout = 50 * time.Millisecond
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, "/0", "/1", "/2")
			answer(p, "/0")
			p.Drain()
		},
		func(p *wiretest.Peer) {
			for _, path := range []string{"/1", "/2"} {
				expect(p, path)
				p.ExpectNothing()
				answer(p, path)
			}
			p.ExpectEOF()
		})
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, paths(3)...)
	h.wantAll(t, paths(3)...)
}

// A bodyless 400 that closes may be meant for a later request: it is believed
// only when the request was alone.
func TestDoubtfulAnswer(t *testing.T) {
	const bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, "/0", "/1")
			p.Send(bad)
			p.ExpectClosed()
		},
		func(p *wiretest.Peer) {
			expect(p, "/0")
			answer(p, "/0")
			expect(p, "/1")
			p.Send(bad)
			p.ExpectClosed()
		})
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, "/0", "/1")
	h.wantAll(t, "/0")
	if r, _ := h.of(1); r.Err != nil || r.Status != 400 || r.Attempts != 2 {
		t.Errorf("%+v", r)
	}
}
