package wiretest

import (
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// short is a guard for scripts that are to run into it.
const short = 50 * time.Millisecond

// TestWrongScriptsFail runs scripts that do not fit what the client does: each
// must fail the test with one report that says what was wrong.
func TestWrongScriptsFail(t *testing.T) {
	get := func(c *client) { c.send(request); c.rest() }
	closing := func(c *client) { c.send(request); c.Close() }
	silent := func(c *client) { c.send(""); c.rest() }
	for _, c := range []struct {
		name   string
		script Script
		client func(*client)
		words  []string
	}{
		{"other octets", func(p *Peer) { p.Expect("GET /b HTTP/1.1\r\n") }, get,
			[]string{"TestFake", "connection 1", `- "GET /b HTTP/1.1\r\n"`, `+ "GET /a HTTP/1.1\r\n"`, `octet 5: expected "b", got "a"`}},
		{"too few octets", func(p *Peer) { p.Expect(request, "body") }, closing,
			[]string{"closed", `- "body"`, "got the end"}},
		{"guard", func(p *Peer) { p.Expect(request + "x") }, get,
			[]string{"nothing moved for " + short.String(), `expected "x", got the end`}},
		{"guard of Read", func(p *Peer) { p.Read(len(request) + 1) }, get, []string{"nothing moved", "36 of 37 octets"}},
		{"guard of a signal", func(p *Peer) { p.Wait(nil) }, get, []string{"test's signal"}},
		{"not closing", func(p *Peer) { p.Expect(request); p.ExpectEOF() }, get, []string{"nothing moved", "closed it cleanly"}},
		{"not closing at all", func(p *Peer) { p.Expect(request); p.ExpectClosed() }, get, []string{"nothing moved"}},
		{"not closing, drained", func(p *Peer) { p.Drain() }, get, []string{"nothing moved", "36 octets"}},
		{"more where the end should be", func(p *Peer) { p.ExpectEOF() }, closing, []string{"should have closed", "GET /a"}},
		{"more where nothing should be", func(p *Peer) { p.Expect("GET"); p.ExpectNothing() }, closing, []string{"silent", "/a HTTP"}},
		{"end where nothing should be", func(p *Peer) { p.Expect(request); p.Read(0); p.ExpectNothing() },
			closing, []string{"closed", "silent"}},
		{"no request", func(p *Peer) { p.ReadRequest() }, silent, []string{"nothing moved", "request head", "no octets"}},
		{"bad request", func(p *Peer) { p.ReadRequest() }, func(c *client) { c.send("GET  / HTTP/1.1\r\n\r\n"); c.rest() },
			[]string{"request line", "4 parts"}},
		{"own words", func(p *Peer) { p.Expect(request); p.Fatalf("no %s", "good") }, get, []string{"connection 1: no good"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			Each(t, func(t *testing.T, m Mode) {
				asTest(t, func(tb testing.TB) {
					srv := Setup{Mode: m, Guard: short}.Serve(tb, c.script)
					cl := dial(tb, m, srv)
					c.client(cl)
				}).wantFailure(t, c.words...)
			})
		})
	}
}

func TestUncleanEndsFail(t *testing.T) {
	asTest(t, func(tb testing.TB) {
		srv := Serve(tb, TLS, func(p *Peer) { p.Expect(request); p.ExpectCloseNotify() })
		c := dial(tb, TLS, srv)
		c.send(request)
		c.tcp.Close()
	}).wantFailure(t, "without close_notify")
	asTest(t, func(tb testing.TB) {
		srv := Serve(tb, Plain, func(p *Peer) { p.Expect(request); p.Send("unread"); p.ExpectEOF() })
		c := dial(tb, Plain, srv)
		c.send(request)
		c.expect("u")
		c.Close()
	}).wantFailure(t, "reset")
}

func TestPlainOnlyAndTLSOnly(t *testing.T) {
	for _, s := range []Script{
		func(p *Peer) { p.Expect(request); p.CloseNotify() },
		func(p *Peer) { p.Expect(request); p.TLS() },
		func(p *Peer) { p.Expect(request); p.Handshake() },
	} {
		asTest(t, func(tb testing.TB) {
			dial(tb, Plain, Serve(tb, Plain, s)).send(request)
		}).wantFailure(t, "without TLS")
	}
	asTest(t, func(tb testing.TB) {
		c := dial(tb, TLS, Serve(tb, TLS, func(p *Peer) { p.Expect(request); p.StartTLS(nil) }))
		c.send(request)
		c.rest()
	}).wantFailure(t, "has it")
}

func TestWrongNumberOfConnectionsFails(t *testing.T) {
	asTest(t, func(tb testing.TB) {
		Serve(tb, Plain, func(p *Peer) {})
	}).wantFailure(t, "1 of 1 connections were never made")
	for range 20 { // the last connection races with the end of the test
		asTest(t, func(tb testing.TB) {
			srv := Serve(tb, Plain, func(p *Peer) { p.ExpectEOF() })
			dial(tb, Plain, srv).Close()
			if c, err := net.Dial("tcp", srv.Addr); err == nil { // else it was reset at once
				c.Close()
			}
		}).wantFailure(t, "unexpected connection 2")
	}
	asTest(t, func(tb testing.TB) {
		srv := Setup{Network: "unix"}.Serve(tb)
		if c, err := net.Dial("unix", strings.TrimPrefix(srv.Addr, "unix:")); err == nil {
			c.Close()
		}
	}).wantFailure(t, "unexpected connection 1, there are 0 scripts")
}

func TestScriptThatHangsFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside := make(chan struct{})
		asTest(t, func(tb testing.TB) {
			here, there := net.Pipe()
			Setup{}.Play(tb, there, func(p *Peer) { p.Expect("x"); <-inside })
			here.Write([]byte("x"))
		}).wantFailure(t, "did not finish", `own code, after receiving "x"`)
		close(inside)
	})
}

func TestFailedHandshakeFails(t *testing.T) {
	asTest(t, func(tb testing.TB) {
		dial(tb, Plain, Serve(tb, TLS, func(p *Peer) {})).send("no TLS at all\r\n\r\n")
	}).wantFailure(t, "TLS handshake")
}

func TestLacking(t *testing.T) {
	t.Setenv("DUGONG_REQUIRE", "")
	tb := asTest(t, func(tb testing.TB) { Lacking(tb, "nginx", os.ErrNotExist) })
	if !tb.skipped || tb.failed || !strings.Contains(tb.said[0], "nginx") {
		t.Errorf("skipped %v, failed %v, said %q", tb.skipped, tb.failed, tb.said)
	}
	for _, list := range []string{"nginx", "tcp6,nginx", "all"} {
		t.Setenv("DUGONG_REQUIRE", list)
		asTest(t, func(tb testing.TB) { Lacking(tb, "nginx", os.ErrNotExist) }).wantFailure(t, "nginx", "DUGONG_REQUIRE")
	}
	t.Setenv("DUGONG_REQUIRE", "nginx-light")
	if tb := asTest(t, func(tb testing.TB) { Lacking(tb, "nginx", os.ErrNotExist) }); tb.failed {
		t.Errorf("a longer name was taken for nginx: %q", tb.said)
	}
}
