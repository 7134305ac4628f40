package fetch

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Requests behind an announced close were not processed: no retry is counted.
// The limit is learnt, and later pipelines end before it.
func TestAnnouncedLimit(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		all := paths(8)
		three := func(first ...string) wiretest.Script {
			return func(p *wiretest.Peer) {
				expect(p, first...)
				p.ExpectNothing()
				answer(p, first[:2]...)
				p.Send(response(first[2], closeField))
				p.ExpectClosed()
			}
		}
		srv := wiretest.Serve(t, m,
			func(p *wiretest.Peer) {
				expect(p, all...)
				answer(p, "/0", "/1")
				p.Send(response("/2", closeField))
				p.ExpectClosed()
			},
			three("/3", "/4", "/5"),
			func(p *wiretest.Peer) {
				expect(p, "/6", "/7")
				answer(p, "/6", "/7")
				p.ExpectEOF()
			})
		o := options(m)
		o.Retries = -1
		h := fetchAll(t, m, o, srv.Addr, all...)
		h.wantAll(t, all...)
		if s := h.stats; s.Connections != 3 || s.Retries != 0 || s.Repeated != 5 {
			t.Errorf("%+v", s)
		}
	})
}

// A connection that goes on beyond what was learnt disproves it, for later ones
// too.
func TestLimitIsDisproved(t *testing.T) {
	all := paths(8)
	srv := wiretest.Serve(t, wiretest.Plain,
		func(p *wiretest.Peer) {
			expect(p, all...)
			p.Send(response("/0"), response("/1", closeField))
			p.ExpectClosed()
		},
		func(p *wiretest.Peer) {
			expect(p, "/2", "/3")
			p.ExpectNothing()
			answer(p, "/2", "/3")
			expect(p, all[4:]...)
			answer(p, "/4")
			p.Linger()
		},
		func(p *wiretest.Peer) {
			expect(p, "/5")
			answer(p, "/5")
			expect(p, "/6", "/7")
			answer(p, "/6", "/7")
			p.ExpectEOF()
		})
	fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, all...).wantAll(t, all...)
}

// A silent close at the same place twice is a limit as well.
func TestSilentLimit(t *testing.T) {
	all := paths(20)
	five := func(p *wiretest.Peer) {
		for range 5 {
			p.Send(response(p.ReadRequest().Target))
		}
		p.Linger()
	}
	srv := wiretest.Serve(t, wiretest.Plain, five, five,
		func(p *wiretest.Peer) {
			expect(p, "/10")
			answer(p, "/10")
			expect(p, "/11", "/12")
			answer(p, "/11")
			expect(p, "/13", "/14")
			answer(p, "/12") // leave for two more, were it not for the limit
			p.ExpectNothing()
			answer(p, "/13", "/14")
			serveAll(p)
		})
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, all...)
	h.wantAll(t, all...)
}

// A server that takes nothing until its answers are read does not lock up with
// a deep pipeline.
func TestFullPipeline(t *testing.T) {
	o := options(wiretest.Plain)
	o.Depth = 4096
	o.Config.ReadAhead = -1
	o.Header = dugong.HeaderOf("X-Long", strings.Repeat("x", 8000))
	all := paths(1500) // 12 MB, more than sockets buffer
	srv := wiretest.Serve(t, wiretest.Plain, serveAll)
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	h.wantAll(t, all...)
	if h.stats.Connections != 1 {
		t.Errorf("%+v", h.stats)
	}
}

// A server that answers a part of a pipeline, and closes without a word at
// another place each time, is asked for one document at a time.
func TestBrokenOff(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		all := paths(10)
		srv := wiretest.Serve(t, m,
			func(p *wiretest.Peer) {
				expect(p, all...)
				answer(p, "/0", "/1", "/2")
				p.Linger()
			},
			func(p *wiretest.Peer) {
				expect(p, "/3")
				answer(p, "/3")
				expect(p, "/4", "/5")
				p.Linger()
			},
			func(p *wiretest.Peer) {
				expect(p, "/4")
				answer(p, "/4")
				expect(p, "/5", "/6")
				answer(p, "/5")
				expect(p, "/7", "/8")
				p.Linger()
			},
			func(p *wiretest.Peer) {
				for _, path := range all[6:] {
					expect(p, path)
					p.ExpectNothing()
					answer(p, path)
				}
				p.ExpectEOF()
			})
		h := fetchAll(t, m, options(m), srv.Addr, all...)
		h.wantAll(t, all...)
		if s := h.stats; s.Connections != 4 {
			t.Errorf("%+v", s)
		}
	})
}
