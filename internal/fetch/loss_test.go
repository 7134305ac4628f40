package fetch

import (
	"errors"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// After a loss everything unanswered is asked again, nothing that was answered
// is, and the new connection begins with a single request.
func TestLoss(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		all := paths(6)
		srv := wiretest.Serve(t, m,
			func(p *wiretest.Peer) {
				expect(p, all...)
				answer(p, "/0", "/1")
				p.Linger()
			},
			func(p *wiretest.Peer) {
				expect(p, "/2")
				p.ExpectNothing()
				answer(p, "/2")
				expect(p, "/3", "/4")
				answer(p, "/3", "/4")
				expect(p, "/5")
				answer(p, "/5")
				p.ExpectEOF()
			})
		h := fetchAll(t, m, options(m), srv.Addr, all...)
		h.wantAll(t, all...)
		if s := h.stats; s.Connections != 2 || s.Retries != 4 || s.Repeated != 0 {
			t.Errorf("%+v", s)
		}
		if r, _ := h.of(5); r.Attempts != 2 || r.Conn != 2 {
			t.Errorf("%+v", r)
		}
		if r, _ := h.of(1); r.Attempts != 1 || r.Conn != 1 {
			t.Errorf("%+v", r)
		}
	})
}

// A body that is cut off is fetched again; the sink begins anew.
func TestShortBody(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m,
			func(p *wiretest.Peer) {
				expect(p, "/0")
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody")
				p.CloseWrite()
				p.ExpectClosed()
			}, serveAll)
		h := fetchAll(t, m, options(m), srv.Addr, "/0")
		h.wantAll(t, "/0")
		if _, sink := h.of(0); sink.begun != 2 || sink.aborts != 1 {
			t.Errorf("%+v", sink)
		}
	})
}

// With no retry left the error is told, and that it is temporary.
func TestRetriesAreBounded(t *testing.T) {
	short := func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nbody")
	}
	for retries, scripts := range map[int][]wiretest.Script{-1: {short}, 2: {short, short, short}} {
		o := options(wiretest.Plain)
		o.Retries = retries
		srv := wiretest.Serve(t, wiretest.Plain, scripts...)
		h := fetchAll(t, wiretest.Plain, o, srv.Addr, "/0")
		r, sink := h.of(0)
		if !errors.Is(r.Err, dugong.ErrConnectionClosed) || !r.Temporary() || r.Verdict != MaybeProcessed || r.Attempts != len(scripts) || r.Bytes != 4 || r.SHA256 != "" {
			t.Errorf("retries %d: %+v", retries, r)
		}
		if sink.commits != 0 || sink.aborts != len(scripts) || h.stats.Retries != len(scripts)-1 || h.stats.Failures != 1 {
			t.Errorf("retries %d: %+v, %+v", retries, sink, h.stats)
		}
	}
}

// A document that always breaks the connection does not take others with it.
func TestPoison(t *testing.T) {
	all := paths(5)
	poisoned := func(p *wiretest.Peer) {
		for {
			r, ok := p.NextHead()
			if !ok {
				return
			}
			if r.Target == "/1" {
				p.CloseWrite()
				p.Drain()
				return
			}
			if p.TrySend(response(r.Target)) != nil {
				return
			}
		}
	}
	srv := wiretest.Setup{Repeat: true}.Serve(t, poisoned)
	o := options(wiretest.Plain)
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	for i, path := range all {
		r, sink := h.of(i)
		if i == 1 && (r.Err == nil || r.Attempts != 4) || i != 1 && (r.Err != nil || sink.buf.String() != bodyOf(path)) {
			t.Errorf("%+v", r)
		}
	}
}
