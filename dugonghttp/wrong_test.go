package dugonghttp_test

import (
	"bytes"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// deep gives Transports that pipeline to h.example: by order, and because it
// has earned it.
func deep() map[string]*dugonghttp.Transport {
	earned := &dugonghttp.Transport{}
	earned.Learn([]dugonghttp.Origin{{Scheme: "http", Addr: "h.example:80", Depth: 8}})
	return map[string]*dugonghttp.Transport{"depth 8": {Depth: 8}, "automatic": earned}
}

// One too many, one too few, one too early, one cut off: nobody gets what is
// not his, and the origin is treated with care from then on.
func TestWrongAnswers(t *testing.T) {
	for _, c := range []struct {
		name   string
		wrong  wiretest.Script // after /0 was answered: /a and /b are on the way
		second []string        // what the next connection is asked, in any order
		then   bool            // one more request, /z, shows what was wrong
	}{
		{"one too few, and closed", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"))
			p.Close()
		}, []string{"/b"}, false},
		{"one too few, and silence", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"))
			p.ExpectClosed()
		}, []string{"/b"}, false},
		{"cut off", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"), "HTTP/1.1 200 OK\r\nContent-Le")
			p.Close()
		}, []string{"/b"}, false},
		{"a body cut off", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/")
			p.Close()
		}, []string{"/c"}, false},
		{"not HTTP", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"), "oops\r\n\r\n")
			p.ExpectClosed()
		}, []string{"/b"}, false},
		{"one too many", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"), ok("/b"), ok("/c"))
			p.ExpectClosed()
		}, []string{"/z"}, true},
		{"one early", func(p *wiretest.Peer) {
			expect(p, "/a", "/b")
			p.Send(ok("/a"), ok("/b"), ok("/z"))
			p.ExpectClosed()
		}, []string{"/z"}, true},
	} {
		for mode, tr := range deep() {
			var log bytes.Buffer
			tr.Logger = slog.New(slog.NewTextHandler(&log, nil))
			inBubble(t, tr, func(ask func(string), results func() map[string]result) {
				ask("/0")
				ask("/a")
				ask("/b")
				if results(); c.then {
					ask("/z")
					want(t, results(), "/z")
				}
				if c.second[0] == "/c" { // the head of /b has been delivered: what is missing is said
					ask("/c")
					want(t, results(), "/0", "/a", "/c")
					if b := results()["/b"]; b.err != io.ErrUnexpectedEOF {
						t.Errorf("%s, %s: /b gave %q, %v", c.name, mode, b.body, b.err)
					}
				} else {
					want(t, results(), "/0", "/a", "/b")
				}
				o := tr.Origins()
				silent := c.name == "one too few, and silence" // which may be chance, the first time
				if len(o) != 1 || (o[0].NotPipelined == "" || o[0].Depth != 1 || !strings.Contains(log.String(), "pipelining given up")) && !silent {
					t.Errorf("%s, %s: the origin is taken for %+v; want it not to be pipelined to; the log says %q", c.name, mode, o, &log)
				}
			}, func(p *wiretest.Peer) {
				expect(p, "/0")
				p.Send(ok("/0"))
				c.wrong(p)
			}, func(p *wiretest.Peer) {
				serve(p, c.second...)
				p.ExpectClosed()
			})
		}
	}
}

// Without pipelining too an answer that nobody asked for goes to nobody, and
// one that is cut off is never taken for whole. An origin that does the first
// will not be pipelined to.
func TestWrongAnswersOneAtATime(t *testing.T) {
	for _, c := range []struct {
		name    string
		wrong   wiretest.Script
		failsA  bool // /a is in vain; otherwise it is answered
		falls   bool
		another bool // /z needs another connection
	}{
		{"one too many", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send(ok("/a") + ok("/x"))
			p.ExpectClosed()
		}, false, true, true},
		{"one early", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send(ok("/a"))
			p.Send(ok("/z"))
			p.ExpectClosed()
		}, false, true, true},
		{"a word about a timeout", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send(ok("/a"))
			time.Sleep(1500 * time.Millisecond) // of the bubble: later than an answer too many would come
			p.Send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			p.Close()
		}, false, false, true},
		{"a body cut off", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n/")
			p.Close()
		}, true, false, true},
		{"a chunked body cut off", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n/a\r\n")
			p.Close()
		}, true, false, true},
		{"silence", func(p *wiretest.Peer) {
			expect(p, "/a")
			p.ExpectClosed()
		}, true, false, true},
		{"nothing wrong", func(p *wiretest.Peer) {
			serve(p, "/a", "/z")
			p.ExpectClosed()
		}, false, false, false},
	} {
		for depth, mode := range map[int]string{1: "off", 0: "automatic, nothing earned"} {
			tr := &dugonghttp.Transport{Depth: depth, ResponseHeaderTimeout: time.Minute}
			n := &network{scripts: []wiretest.Script{c.wrong}}
			if c.another {
				n.scripts = append(n.scripts, func(p *wiretest.Peer) {
					serve(p, "/z")
					p.ExpectClosed()
				})
			}
			bubble(t, tr, n, func(t *testing.T, b *asker) {
				b.ask("http://h.example/a")
				if a := b.all()["/a"]; (a.err != nil) != c.failsA || !c.failsA && a.body != "/a" {
					t.Errorf("%s, %s: /a gave %q, %v", c.name, mode, a.body, a.err)
				}
				if c.name == "a word about a timeout" {
					time.Sleep(2 * time.Second)
				}
				b.ask("http://h.example/z")
				b.well("/z")
				if o := tr.Origins(); len(o) != 1 || (o[0].NotPipelined != "") != c.falls {
					t.Errorf("%s, %s: learnt %+v", c.name, mode, o)
				}
			})
		}
	}
}
