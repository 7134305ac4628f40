package fetch

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const shortBody = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot a hundred"

// A server that begins answers and never ends one is given up after three
// documents: not each of a thousand is tried four times.
func TestNeverAWholeAnswer(t *testing.T) {
	var conns atomic.Int32
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		conns.Add(1)
		p.ReadRequest()
		p.Send(shortBody)
	})
	h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, paths(1000)...)
	// The first connection costs all that was in flight an attempt; then come
	// three for the first document and three for each of two others.
	if n := conns.Load(); n != 10 || h.stats.Connections != 10 || h.stats.Documents != 0 || h.stats.Failures != 1000 {
		t.Errorf("%d connections, %+v", n, h.stats)
	}
	for i := range 1000 {
		r, _ := h.of(i)
		wantAttempts, late := 4, i > 2
		if r.Err == nil || !r.Temporary() || !errors.Is(r.Err, dugong.ErrConnectionClosed) || strings.Contains(r.Err.Error(), "was given up") != late || strings.Contains(r.Err.Error(), "unanswered") {
			t.Errorf("document %d: %v", i, r.Err)
		}
		if !late && (r.Attempts != wantAttempts || r.Verdict != MaybeProcessed) || late && r.Attempts > 1 {
			t.Errorf("document %d: %+v", i, r)
		}
	}
}

// Nor is one that gives nothing but wrong answers asked for each document.
func TestOnlyWrongAnswers(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx")
		p.ExpectClosed()
	})
	o := options(wiretest.Plain)
	o.Depth = 1
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, paths(50)...)
	if h.stats.Connections != 3 || h.stats.Failures != 50 {
		t.Errorf("%+v", h.stats)
	}
	for i := range 50 {
		if r, _ := h.of(i); !errors.Is(r.Err, dugong.ErrUnsupportedResponse) || r.Temporary() || (r.Verdict == NotProcessed) != (i > 2) {
			t.Errorf("document %d: %+v", i, r)
		}
	}
}

// Two documents that break every connection do not take the others with them.
func TestPoisonousDocuments(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		for {
			r, ok := p.NextHead()
			switch {
			case !ok:
				return
			case r.Target == "/0" || r.Target == "/1":
				p.TrySend(shortBody)
				return
			case p.TrySend(response(r.Target)) != nil:
				return
			}
		}
	})
	all := paths(40)
	o := options(wiretest.Plain)
	h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
	if h.stats.Documents != 38 || h.stats.Failures != 2 {
		t.Errorf("%+v", h.stats)
	}
	for i, p := range all {
		if r, sink := h.of(i); (r.Err == nil) != (i > 1) || i > 1 && sink.buf.String() != bodyOf(p) {
			t.Errorf("document %d: %+v", i, r)
		}
	}
}
