package dugong_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// listed writes Unanswered down: path, status, N or M, and whether octets went.
func (r *rig) listed() string {
	var b strings.Builder
	for _, x := range r.Unanswered() {
		verdict := map[dugong.Verdict]string{dugong.NotProcessed: "not", dugong.MaybeProcessed: "maybe"}[x.Verdict]
		sent := "unsent"
		if x.Written > 0 {
			sent = "sent"
		}
		fmt.Fprintf(&b, "%s %d %s %s; ", x.Path, x.Status, verdict, sent)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func (r *rig) wantListed(want string) {
	r.t.Helper()
	if got := r.listed(); got != want {
		r.t.Errorf("unanswered: %s\nwant:       %s", got, want)
	}
}

// What is certain after a loss: NotProcessed where nothing was handed over, or
// where an earlier answer announced close; MaybeProcessed otherwise.
func TestContractLossVerdicts(t *testing.T) {
	const doubtful = "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		name, answers string
		responses     int
		list          string
	}{
		{"nothing answered", "", 0, "/a 0 maybe sent; /b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"one answered", ok([]byte("a")), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"cut in the head", ok(nil) + "HTTP/1.1 200 OK\r\nConte", 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"cut in the body", ok(nil) + "HTTP/1.1 201 OK\r\nContent-Length: 9\r\n\r\nabc", 2, "/b 201 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"close announced", ok(nil) + "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nb", 2, "/c 0 not sent; /unsent 0 not unsent"},
		{"close announced, body cut off", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 9\r\n\r\nb", 1, "/a 200 maybe sent; /b 0 not sent; /c 0 not sent; /unsent 0 not unsent"},
		{"doubtful 400", fmt.Sprintf(doubtful, "400 Bad"), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"doubtful 408", fmt.Sprintf(doubtful, "408 Slow"), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"doubtful 413", fmt.Sprintf(doubtful, "413 Large"), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"doubtful 414", fmt.Sprintf(doubtful, "414 Long"), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"doubtful 431", fmt.Sprintf(doubtful, "431 Fields"), 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"bodyless 404 with close", fmt.Sprintf(doubtful, "404 No"), 1, "/b 0 not sent; /c 0 not sent; /unsent 0 not unsent"},
		{"400 with a body and close", "HTTP/1.1 400 Bad\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbad", 1, "/b 0 not sent; /c 0 not sent; /unsent 0 not unsent"},
		{"400 with a body until close", "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\nbad", 1, "/b 0 not sent; /c 0 not sent; /unsent 0 not unsent"},
		{"400 with an empty body until close", "HTTP/1.1 400 Bad\r\nConnection: close\r\n\r\n", 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"400 with a chunked body", "HTTP/1.1 400 Bad\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nbad\r\n0\r\n\r\n", 1, "/b 0 not sent; /c 0 not sent; /unsent 0 not unsent"},
		{"400 with an empty chunked body", "HTTP/1.1 400 Bad\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1, "/b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"protocol error", "nonsense\r\n\r\n", 0, "/a 0 maybe sent; /b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
		{"interim only", "HTTP/1.1 103 Hints\r\n\r\n", 0, "/a 0 maybe sent; /b 0 maybe sent; /c 0 maybe sent; /unsent 0 not unsent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			gone := newStep()
			both(t, dugong.Config{}, func(r *rig) {
				for _, path := range []string{"/a", "/b", "/c"} {
					r.send(&dugong.Request{Path: path, More: true, Tag: path})
				}
				r.flush()
				r.await(gone)
				r.send(more("/unsent"))
				for range c.responses {
					resp, err := r.ReadResponse(r.ctx)
					if err != nil {
						r.t.Fatal(err)
					}
					resp.Body.Discard()
				}
				_, err := r.ReadResponse(r.ctx)
				var e *dugong.Error
				if !errors.As(err, &e) {
					r.t.Fatalf("%v is no *Error", err)
				}
				if n := strings.Count(c.list, " not "); e.NotProcessed != n || e.MaybeProcessed != strings.Count(c.list, " maybe ") {
					r.t.Errorf("the error counts %d not, %d maybe: %v", e.NotProcessed, e.MaybeProcessed, e)
				}
				r.wantListed(c.list)
				for _, x := range r.Unanswered() {
					if x.Path != "/unsent" && x.Tag != x.Path || x.Method != "GET" {
						r.t.Errorf("%+v", x)
					}
				}
				r.wantPending(0)
			}, func(p *wiretest.Peer) {
				for range 3 {
					p.ReadRequest()
				}
				p.Send(c.answers)
				p.CloseWrite()
				gone.tell()
				p.Drain()
			})
		})
	}
}

// Unanswered may be called at any time; complete answers that are buffered are
// not listed, and they are readable after a loss.
func TestContractLossAtAnyTime(t *testing.T) {
	gone := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.wantListed("")
		r.send(more("/a"))
		r.wantListed("/a 0 not unsent")
		for _, path := range []string{"/b", "/c", "/d"} {
			r.send(more(path))
		}
		r.flush()
		r.wantListed("/a 0 maybe sent; /b 0 maybe sent; /c 0 maybe sent; /d 0 maybe sent")
		r.await(gone)
		resp := r.read("/a", 200) // all that has come is buffered with it
		r.wantListed("/d 0 maybe sent")
		r.wantBody(resp, data(1000))
		r.wantListed("/d 0 maybe sent")
		r.wantPending(3)
		r.wantBody(r.read("/b", 200), []byte("b"))
		r.wantBody(r.read("/c", 200), []byte("c"))
		r.fails(dugong.ErrConnectionClosed)
		r.wantListed("/d 0 maybe sent")
	}, func(p *wiretest.Peer) {
		for range 4 {
			p.ReadRequest()
		}
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + string(data(1000)) + ok([]byte("b")) + ok([]byte("c")) + "HTTP/1.1 ")
		p.CloseWrite()
		gone.tell()
		p.Drain()
	})
}

// The list stays frozen after a loss, Reset or Close, over failed attempts,
// until the next connection is made.
func TestContractLossFrozen(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		const want = "/a 0 maybe sent; /b 0 not unsent"
		r.get("/a")
		r.send(more("/b"))
		if err := r.Reset(); err != nil {
			r.t.Fatal(err)
		}
		r.wantListed(want)
		r.wantPending(0)
		e := r.fails(dugong.ErrConnectionClosed)
		if !errors.Is(e, net.ErrClosed) || e.Fault != dugong.FaultCaller {
			r.t.Errorf("%v: fault %s", e, e.Fault)
		}
		cancelled, cancel := cancelledContext()
		defer cancel()
		r.wantErr(r.Connect(cancelled), dugong.ErrCanceled)
		r.refuses(&dugong.Request{Path: "/ bad"}, dugong.ErrInvalidRequest)
		r.wantListed(want)
		if err := r.Connect(r.ctx); err != nil {
			r.t.Fatal(err)
		}
		r.wantListed("")
		r.exchange("/c", "/c")
		r.get("/d")
		r.Close()
		r.wantListed("/d 0 maybe sent")
		r.refuses(get("/e"), dugong.ErrConnectionClosed)
		r.wantErr(r.Connect(r.ctx), dugong.ErrConnectionClosed)
		r.wantErr(r.Reset(), dugong.ErrConnectionClosed)
		r.wantListed("/d 0 maybe sent")
		if err := r.Close(); err != nil {
			r.t.Error(err)
		}
	}, func(p *wiretest.Peer) { p.Drain() }, func(p *wiretest.Peer) {
		p.Send(ok([]byte(p.ReadRequest().Target)))
		p.Drain()
	})
}

// Written counts the octets of each request that were handed over, under TLS
// rounded up to records.
func TestContractLossWritten(t *testing.T) {
	stop := newStep()
	small(t, dugong.Config{}, func(r *rig) {
		r.connectThenBrief()
		r.get("/a")
		e := r.refuses(put("/big", dugong.BodyReader(endless(64<<20), 64<<20)), dugong.ErrConnectionTimedOut)
		left := r.Unanswered()
		stop.tell()
		if len(left) != 2 || left[0].Written < 20 || left[0].Written > 200 {
			r.t.Fatalf("unanswered: %+v", left)
		}
		// What was accepted and gathered may not have left; heads are not in Error.Written.
		if w := left[1].Written; w < e.Written-200_000 || w > e.Written+200 {
			r.t.Errorf("%d octets were handed over, %d of the body accepted", w, e.Written)
		}
	}, func(p *wiretest.Peer) {
		p.StopReading(stop)
		p.Drain()
	})
}

// Errors that do not hurt the connection.
func TestContractLossNot(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.fails(dugong.ErrState)
		r.refuses(&dugong.Request{Path: "/a b"}, dugong.ErrInvalidRequest)
		r.send(put("/a", dugong.BodyFollowing(1)))
		_, err := r.Write([]byte("ab"))
		r.wantErr(err, dugong.ErrExcessBodyData)
		r.refuses(get("/b"), dugong.ErrState)
		r.write([]byte("a"))
		r.refuses(&dugong.Request{Path: "/", Header: dugong.Header{{Name: "A", Value: "b\r\nc: d"}}}, dugong.ErrInvalidRequest)
		r.SetTimeout(brief)
		r.fails(dugong.ErrConnectionTimedOut)
		r.SetTimeout(wiretest.DefaultGuard)
		ctx, cancel := cancelledContext()
		_, err = r.ReadResponse(ctx)
		cancel()
		r.wantErr(err, dugong.ErrCanceled)
		r.get("/go")
		r.flush()
		r.wantBody(r.read("/a", 200), []byte("/a"))
		r.wantBody(r.read("/go", 200), []byte("/go"))
		r.exchange("/c", "/c")
	}, func(p *wiretest.Peer) {
		a, b := p.ReadRequest(), p.ReadRequest()
		p.Send(ok([]byte(a.Target)), ok([]byte(b.Target)))
		serving(1)(p)
	})
}
