package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

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

// That holds on the connection itself, too.
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

// A server that allows no second connection gets along with one.
func TestSecondConnectionRefused(t *testing.T) {
	all := paths(20)
	srv := wiretest.Serve(t, wiretest.Plain, serveAll)
	o := options(wiretest.Plain)
	o.Connections, o.Retries = 2, -1
	var dials atomic.Int32
	refused := make(chan struct{})
	o.Config.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) == 2 {
			defer close(refused)
		}
		if dials.Load() >= 2 {
			return nil, &net.OpError{Op: "dial", Err: io.ErrUnexpectedEOF}
		}
		<-refused
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	h.wantAll(t, all...)
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

// A server that speaks first gets no request, and is given up.
func TestTalkingOutOfTurn(t *testing.T) {
	greeted := make(chan struct{}, 3)
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		p.Send("220 mail.example ESMTP\r\n")
		greeted <- struct{}{}
		p.ExpectClosed()
	})
	o := options(wiretest.Plain)
	o.Retries = 2
	o.Config.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, addr)
		if err == nil {
			<-greeted
		}
		return c, err
	}
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, "/0", "/1")
	for i := range 2 {
		if r, _ := h.of(i); !errors.Is(r.Err, dugong.ErrConnectionClosed) || r.Verdict != NotProcessed {
			t.Errorf("%+v", r)
		}
	}
	if h.stats.Connections != 3 {
		t.Errorf("%+v", h.stats)
	}
}

// Nobody listens: temporary, after all attempts.
func TestNoServer(t *testing.T) {
	o := options(wiretest.Plain)
	dials := 0
	o.Config.Dialer = func(context.Context, string, string) (net.Conn, error) {
		dials++
		return nil, &net.OpError{Op: "dial", Err: io.ErrUnexpectedEOF}
	}
	h := fetchAll(t, wiretest.Plain, o, "host.example", "/0", "/1")
	for i := range 2 {
		if r, _ := h.of(i); !errors.Is(r.Err, dugong.ErrConnectFailed) || !r.Temporary() || r.Verdict != NotProcessed || r.Attempts != 0 {
			t.Errorf("%+v", r)
		}
	}
	if dials != 4 {
		t.Errorf("%d dials", dials)
	}
}

// A certificate that nobody trusts does not get better.
func TestUntrusted(t *testing.T) {
	srv := wiretest.Setup{Mode: wiretest.TLS, ServerTLS: wiretest.UntrustedTLS(), LazyTLS: true}.Serve(t, func(p *wiretest.Peer) {
		if p.Handshake() == nil {
			p.Fatalf("the handshake went well")
		}
	})
	h := fetchAll(t, wiretest.TLS, options(wiretest.TLS), srv.Addr, "/0", "/1")
	for i := range 2 {
		if r, _ := h.of(i); !errors.Is(r.Err, dugong.ErrTLS) || r.Temporary() {
			t.Errorf("%+v", r)
		}
	}
}

// An error of the sink is its document's alone. A long body is not read for
// nothing: the connection is broken, and what was in flight asked again.
func TestSinkFails(t *testing.T) {
	errFull := errors.New("disk full")
	for name, length := range map[string]int{"short": 100, "long": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
				for {
					r, ok := p.NextHead()
					if !ok {
						return
					}
					text := response(r.Target)
					if r.Target == "/0" {
						text = "HTTP/1.1 200 OK\r\nContent-Length: " + itoa(length) + "\r\n\r\n" + strings.Repeat("x", length)
					}
					if p.TrySend(text) != nil {
						return
					}
				}
			})
			h := &haul{sinks: []*memory{{fail: errFull}, {}, {}}}
			jobs := make(chan Job, 3)
			for i, path := range paths(3) {
				jobs <- Job{URL: "http://" + srv.Addr + path, Sink: h.sinks[i], Tag: i}
			}
			close(jobs)
			h.stats = Run(context.Background(), options(wiretest.Plain), jobs, func(r Result) { h.results = append(h.results, r) })
			if r, sink := h.of(0); r.Err != errFull || r.Temporary() || r.Status != 200 || sink.aborts != 1 || r.Attempts != 1 || r.Verdict != MaybeProcessed {
				t.Errorf("%+v, %+v", r, sink)
			}
			for i := 1; i < 3; i++ {
				if r, sink := h.of(i); r.Err != nil || sink.buf.String() != bodyOf(paths(3)[i]) {
					t.Errorf("%+v", r)
				}
			}
			if want := map[string]int{"short": 1, "long": 2}[name]; h.stats.Connections != want || h.stats.Retries != 0 {
				t.Errorf("%+v, want %d connections", h.stats, want)
			}
		})
	}
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
