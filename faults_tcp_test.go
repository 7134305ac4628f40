package dugong_test

import (
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The same table on real sockets, with the system's own ends: FIN over a unix
// socket and reset over TCP, where a reset may destroy what had arrived before.
// So of each row it is certain only that what is handed out is true, in order,
// and no more than was sent, and that the account is right.
func TestFaultsOnSockets(t *testing.T) {
	for _, s := range shapes {
		for _, a := range []accident{byEOF, byReset} {
			t.Run(s.name+"/"+string(a), func(t *testing.T) {
				wiretest.Each(t, func(t *testing.T, m wiretest.Mode) { socketRows(t, m, s, a) })
			})
		}
	}
}

func socketRows(t *testing.T, m wiretest.Mode, s shape, a accident) {
	wire, rows := s.wire(), 0
	var k atomic.Int64
	setup := wiretest.Setup{Mode: m, Repeat: true}
	if a == byEOF {
		setup.Network = "unix"
	}
	srv := setup.Serve(t, func(p *wiretest.Peer) {
		for range s.answers {
			p.ReadRequest()
		}
		if n := k.Load(); n > 0 {
			p.Send(wire[:n])
		}
		if a == byReset {
			p.Reset()
		} else {
			p.Close()
		}
	})
	for at := 0; at <= len(wire); at += stride(m, 0) {
		k.Store(int64(at))
		w := responseRow{s, at, a, t, m}
		cfg := dugong.Config{TLS: m.ClientTLS()}
		if m.TLS {
			cfg.TLS.ServerName = "localhost"
		}
		r := newRig(t, m, srv.Addr, cfg)
		for _, q := range s.requests() {
			r.send(q)
		}
		w.onSocket(r)
		r.Close()
		noneBorrowed(t, w.String())
		rows++
	}
	tally(t, "accidents on sockets", rows)
}

func (w responseRow) onSocket(r *rig) {
	at, answered, started := w.s.at(w.k), 0, false
	var err error
	for answered < len(w.s.answers) {
		var resp *dugong.Response
		if resp, err = r.ReadResponse(r.ctx); err != nil {
			break
		}
		var body string
		started = true
		body, err = bodyBy(resp.Body, 7)
		all := w.s.answers[answered].data(1 << 20)
		if resp.Tag != answered || resp.Status != w.s.answers[answered].status || len(body) > len(all) || body != all[:len(body)] {
			w.t.Fatalf("%v: answer %d is %d with %q", w, answered, resp.Status, body)
		}
		if err != nil {
			break
		}
		if body != all && !(w.a == byEOF && w.s.answers[answered].until) {
			w.t.Fatalf("%v: answer %d is short and no error came: %q", w, answered, body)
		}
		answered, started = answered+1, false
	}
	w.account(r, at, answered, started, err)
}

// account checks how many answers came and what is said about the others.
func (w responseRow) account(r *rig, at place, answered int, started bool, err error) {
	most, least := at.i, at.i
	if w.a == byEOF && at.inBody && w.s.answers[at.i].until {
		most, least = at.i+1, at.i+1
	}
	if w.a == byReset {
		least = 0
	}
	if answered > most || answered < least {
		w.t.Fatalf("%v: %d answers, want %d to %d: %v", w, answered, least, most, err)
	}
	left := r.Unanswered()
	if len(left) != len(w.s.answers)-answered {
		w.t.Fatalf("%v: %d answers, unanswered %+v", w, answered, left)
	}
	safe := answered > 0 && w.s.answers[answered-1].close
	for i, x := range left {
		if x.Tag != answered+i || (x.Verdict == dugong.NotProcessed) != (safe || i > 0 && started && w.s.answers[answered].close) {
			w.t.Fatalf("%v: %d answers, unanswered %+v", w, answered, left)
		}
	}
	if answered == len(w.s.answers) {
		return
	}
	e := asError(w.t, w.String(), err)
	if e.Kind != dugong.ErrConnectionClosed || !safe && !errors.Is(e, io.ErrUnexpectedEOF) && !errors.Is(e, syscall.ECONNRESET) {
		w.t.Fatalf("%v: %v", w, fmt.Sprintf("%v, cause %v", e, e.Err))
	}
}

// Writes of few octets: the system takes little of each, the requests arrive
// whole and in order, with and without TLS.
func TestFaultsShortWrites(t *testing.T) {
	const n = 40
	small(t, dugong.Config{}, func(r *rig) {
		for i := range n {
			r.send(put(fmt.Sprint("/", i), dugong.BodyBytes(data(10_000+i))))
		}
		r.flush()
		for i := range n {
			r.read(fmt.Sprint("/", i), 204)
		}
	}, func(p *wiretest.Peer) {
		for i := range n {
			if q := p.ReadRequest(); q.Target != fmt.Sprint("/", i) || q.Body != string(data(10_000+i)) {
				p.Fatalf("request %d is %s with %d octets", i, q.Target, len(q.Body))
			}
			p.Send("HTTP/1.1 204 N\r\n\r\n")
		}
		p.ExpectClosed()
	})
	for _, m := range []wiretest.Mode{wiretest.Plain, wiretest.TLS} {
		inBubble(t, m, func(t *testing.T) {
			r := piped(t, m, dugong.Config{}, 1, func(p *wiretest.Peer, _ *faulty) {
				for range 4 {
					p.ReadRequest()
				}
				p.SendSlowly("HTTP/1.1 204 N\r\n\r\n", ok(data(100)), chunked([]byte("one"), []byte("two")), "HTTP/1.1 204 N\r\n\r\n")
				p.ExpectClosed()
			})
			if n, err := sendBatch(r); n != 4 || err != nil {
				t.Fatalf("%d sent, %v", n, err)
			}
			r.read("/0", 204)
			r.wantBody(r.read("/1", 200), data(100))
			r.wantBody(r.read("/2", 200), []byte("onetwo"))
			r.read("/3", 204)
			r.Close()
		})
	}
	tally(t, "short writes", 4)
}
