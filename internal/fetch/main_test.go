package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

// memory is a Sink in memory that knows how it was used.
type memory struct {
	buf     bytes.Buffer
	begun   int
	commits int
	aborts  int
	fail    error // of every write
}

func (m *memory) Begin(Head) (io.Writer, error) {
	m.begun++
	m.buf.Reset()
	return m, nil
}

func (m *memory) Write(p []byte) (int, error) {
	if m.fail != nil {
		return 0, m.fail
	}
	return m.buf.Write(p)
}

func (m *memory) Commit() error { m.commits++; return nil }
func (m *memory) Abort()        { m.aborts++ }

// A haul is what a Run brought.
type haul struct {
	results []Result // in the order in which they ended
	sinks   []*memory
	stats   Stats
}

// of gives the result and the sink of the i-th job.
func (h *haul) of(i int) (Result, *memory) {
	for _, r := range h.results {
		if r.Tag == i {
			return r, h.sinks[i]
		}
	}
	panic(fmt.Sprintf("no result of job %d", i))
}

// options are quick ones: no waiting between attempts.
func options(m wiretest.Mode) Options {
	return Options{TLS: m.ClientTLS(), RetryDelay: -1, Config: dugong.Config{Timeout: 10 * time.Second}}
}

// fetchAll runs a job for each path.
func fetchAll(t *testing.T, m wiretest.Mode, o Options, addr string, paths ...string) *haul {
	t.Helper()
	var urls []string
	for _, p := range paths {
		urls = append(urls, urlOf(m, addr, p))
	}
	return fetchURLs(t, context.Background(), o, urls...)
}

func urlOf(m wiretest.Mode, addr, path string) string {
	if m.TLS {
		return "https://" + addr + path
	}
	return "http://" + addr + path
}

func fetchURLs(t *testing.T, ctx context.Context, o Options, urls ...string) *haul {
	t.Helper()
	h := &haul{}
	for range urls {
		h.sinks = append(h.sinks, &memory{})
	}
	// No connection is made before all jobs are queued, so that the shares and
	// pipelines of a test do not depend on who is quicker: the last job is
	// refused at once, in its turn.
	queued := make(chan struct{})
	dial := o.Config.Dialer
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	o.Config.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if o.Queue == 0 { // with a bound, the last job has to wait for answers
			<-queued
		}
		return dial(ctx, network, addr)
	}
	jobs := make(chan Job, len(urls)+1)
	for i, u := range urls {
		jobs <- Job{URL: u, Sink: h.sinks[i], Tag: i}
	}
	jobs <- Job{Refused: io.EOF}
	close(jobs)
	h.stats = Run(ctx, o, jobs, func(r Result) {
		if r.Tag == nil {
			close(queued)
			return
		}
		h.results = append(h.results, r)
	})
	h.stats.Failures--
	if len(h.results) != len(urls) {
		t.Fatalf("%d results of %d jobs: %+v", len(h.results), len(urls), h.results)
	}
	return h
}

// wantAll: every job has the body that bodyOf gives its path.
func (h *haul) wantAll(t *testing.T, paths ...string) {
	t.Helper()
	for i, p := range paths {
		r, sink := h.of(i)
		if r.Err != nil || r.Status != 200 || r.Verdict != Answered || sink.buf.String() != bodyOf(p) || sink.commits != 1 {
			t.Errorf("%s: %+v, body %q, %d commits", p, r, sink.buf.String(), sink.commits)
		}
	}
}

func paths(n int) []string {
	var p []string
	for i := range n {
		p = append(p, fmt.Sprintf("/%d", i))
	}
	return p
}

func bodyOf(path string) string { return "body of " + path }

// response is the answer to a request for the path, with more field lines.
func response(path string, fields ...string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%s\r\n%s", len(bodyOf(path)), strings.Join(fields, ""), bodyOf(path))
}

const closeField = "Connection: close\r\n"

// expect takes requests for these paths, in this order.
func expect(p *wiretest.Peer, paths ...string) {
	for _, want := range paths {
		if r := p.ReadRequest(); r.Target != want {
			p.Fatalf("request for %s, want %s", r.Target, want)
		}
	}
}

// answer sends the answers for these paths.
func answer(p *wiretest.Peer, paths ...string) {
	for _, path := range paths {
		p.Send(response(path))
	}
}

// serveAll answers each request as it comes, until the client closes.
func serveAll(p *wiretest.Peer) {
	for {
		r, ok := p.NextHead()
		if !ok {
			return
		}
		if p.TrySend(response(r.Target)) != nil {
			return
		}
	}
}

func itoa(n int) string { return strconv.Itoa(n) }
