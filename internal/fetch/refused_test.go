package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

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
