package dugonghttp_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// counted counts what goes over the connections that dial makes.
type counted struct{ sent, received atomic.Int64 }

func (n *counted) over(dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := dial(ctx, network, addr)
		return countingConn{c, n}, err
	}
}

type countingConn struct {
	net.Conn
	n *counted
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.received.Add(int64(n))
	return n, err
}

func (c countingConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.n.sent.Add(int64(n))
	return n, err
}

// traffic gathers what Metrics.Traffic tells.
type traffic struct {
	mu  sync.Mutex
	all []dugonghttp.Traffic
}

func (s *traffic) metrics() *dugonghttp.Metrics {
	return &dugonghttp.Metrics{Traffic: func(t dugonghttp.Traffic) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all = append(s.all, t)
	}}
}

// take gives what came since the last time.
func (s *traffic) take() []dugonghttp.Traffic {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.all
	s.all = nil
	return all
}

// The octets of each request and of each answer are counted, no more and no
// less than those of the wire.
func TestTraffic(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
	early := "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	big := ok(strings.Repeat("x", 100<<10))
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: []wiretest.Script{func(p *wiretest.Peer) {
			for _, answer := range []string{ok("one"), early + chunked, big, ok("")} {
				p.ReadRequest()
				p.Send(answer)
			}
			expect(p, "/a", "/b")
			p.Send(ok("/a"), ok("/b"))
			p.ExpectClosed()
		}}}
		var wire counted
		var seen traffic
		tr := &dugonghttp.Transport{Depth: 8, DialContext: wire.over(p.dial), Metrics: seen.metrics()}
		c := &http.Client{Transport: tr}
		var sent, received int64
		check := func(what string, n, answer int, wantUp, wantDown int64) {
			t.Helper()
			synctest.Wait()
			all := seen.take()
			if len(all) != n {
				t.Fatalf("%s: told %d times, want %d: %+v", what, len(all), n, all)
			}
			for _, got := range all {
				sent, received = sent+got.Sent, received+got.Received
				if got.Received != int64(answer) || got.RequestBody != wantUp || got.ResponseBody != wantDown || got.Err != nil || got.Number != 1 || got.Status != 200 {
					t.Errorf("%s: told %+v, want an answer of %d octets, bodies of %d and %d", what, got, answer, wantUp, wantDown)
				}
			}
			if sent != wire.sent.Load() || received != wire.received.Load() {
				t.Errorf("%s: %d octets sent and %d received, want %d and %d", what, sent, received, wire.sent.Load(), wire.received.Load())
			}
		}
		must := func(req *http.Request) {
			t.Helper()
			if _, _, err := fetch(c, req); err != nil {
				t.Fatal(err)
			}
		}
		must(get(t, "http://h.example/1"))
		check("GET", 1, len(ok("one")), 0, 3)
		must(request(t, "POST", "http://h.example/2", io.MultiReader(strings.NewReader("streamed"))))
		check("chunked both ways", 1, len(early+chunked), 8, 3)
		must(get(t, "http://h.example/3"))
		check("large", 1, len(big), 0, 100<<10)
		must(request(t, "PUT", "http://h.example/4", strings.NewReader("at once")))
		check("at once", 1, len(ok("")), 7, 0)
		var wg sync.WaitGroup
		for _, path := range []string{"/a", "/b"} {
			wg.Go(func() { must(get(t, "http://h.example"+path)) })
			synctest.Wait()
		}
		wg.Wait()
		check("pipelined", 2, len(ok("/a")), 0, 2)
		tr.CloseIdleConnections()
	})
}

// What failed, and what was not read to its end, is counted as far as it came.
func TestTrafficOfFailures(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
	synctest.Test(t, func(t *testing.T) {
		p := &pipes{t: t, scripts: []wiretest.Script{func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Close()
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send(head + "some")
			p.ExpectClosed()
		}}}
		var wire counted
		var seen traffic
		tr := &dugonghttp.Transport{DialContext: wire.over(p.dial), Metrics: seen.metrics()}
		c := &http.Client{Transport: tr}
		if _, _, err := fetch(c, get(t, "http://h.example/1")); err == nil {
			t.Fatal("no error")
		}
		synctest.Wait()
		all := seen.take()
		if len(all) != 1 || all[0].Err == nil || all[0].Sent != wire.sent.Load() || all[0].Received != 0 || all[0].Status != 0 {
			t.Errorf("a loss: told %+v; want %d octets sent, none received, and an error", all, wire.sent.Load())
		}
		before := wire.sent.Load()
		resp, err := c.Do(get(t, "http://h.example/2"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(resp.Body, make([]byte, 4)); err != nil {
			t.Fatal(err)
		}
		if told := seen.take(); len(told) != 0 {
			t.Errorf("told before the body is over: %+v", told)
		}
		resp.Body.Close()
		synctest.Wait()
		all = seen.take()
		if len(all) != 1 || all[0].Err == nil || all[0].Sent != wire.sent.Load()-before || all[0].Received != int64(len(head)+4) || all[0].ResponseBody != 4 || all[0].Status != 200 {
			t.Errorf("a body given up: told %+v; want %d octets sent, %d received", all, wire.sent.Load()-before, len(head)+4)
		}
		tr.CloseIdleConnections()
	})
}
