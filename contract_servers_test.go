package dugong_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What real servers do to a client that pipelines, each as a rule of its own.

// Rule 1: nothing is sent after our own Connection: close.
func TestServersRule1NothingAfterOurClose(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(closing("/last"))
		r.refuses(get("/b"), dugong.ErrState)
		if resp := r.read("/last", 200); !resp.Close {
			r.t.Error("the response does not say that it is the last")
		} else {
			r.wantBody(resp, data(100_000))
		}
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok(data(100_000))) // it says nothing about closing
		p.ExpectClosed()
	})
}

// Rule 2: when a close is seen in a response, writing stops at once and reading
// goes on.
func TestServersRule2StopWritingAtClose(t *testing.T) {
	seen, looked := newStep(), newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.send(more("/b")) // gathered
		r.await(seen)
		resp := r.read("/a", 200)
		r.refuses(get("/c"), dugong.ErrConnectionClosed)
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		looked.tell()
		r.wantBody(resp, data(100_000))
		r.wantListed("/b 0 not unsent")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100000\r\n\r\n" + string(data(1000)))
		seen.tell()
		p.Wait(looked)
		p.ExpectNothing()
		p.Send(string(data(100_000)[1000:]))
		p.ExpectClosed()
	})
}

// Rule 3: a bodyless 400 with close may belong to a later request.
func TestServersRule3DoubtfulRefusal(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.get("/b")
		resp := r.read("/a", 400)
		if !resp.Doubtful || !resp.Close {
			r.t.Errorf("doubtful %v, close %v", resp.Doubtful, resp.Close)
		}
		r.wantBody(resp, nil) // it might have lasted until close
		r.fails(dugong.ErrConnectionClosed)
		r.wantListed("/b 0 maybe sent")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		p.Send("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
		p.CloseWrite()
		p.ExpectClosed()
	})
}

// Rule 4: after a final answer to Expect the body is never sent and the
// connection not used again, though the server keeps it open.
func TestServersRule4RefusedExpect(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(expecting("/", 100))
		resp := r.read("/", 417)
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
		r.wantBody(resp, []byte("no"))
		_, err := r.Write(data(100))
		r.wantErr(err, dugong.ErrState)
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
		r.wantListed("")
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send(answer("417 No", []byte("no")))
		p.ExpectClosed() // and no octet more
	})
}

// Rule 5: the last answer of a connection announces it; a server may also close
// without a word, and then nobody knows.
func TestServersRule5RequestsPerConnection(t *testing.T) {
	for announced, want := range map[bool]string{true: "/2 0 not sent; /3 0 not sent", false: "/2 0 maybe sent; /3 0 maybe sent"} {
		both(t, dugong.Config{}, func(r *rig) {
			for i := range 4 {
				r.send(more(fmt.Sprint("/", i)))
			}
			r.flush()
			r.wantBody(r.read("/0", 200), nil)
			r.read("/1", 204)
			r.fails(dugong.ErrConnectionClosed)
			r.wantListed(want)
			r.Reset()
			r.exchange("/2", "/2")
		}, func(p *wiretest.Peer) {
			for range 4 {
				p.ReadRequest()
			}
			last := "HTTP/1.1 204 N\r\n\r\n"
			if announced {
				last = "HTTP/1.1 204 N\r\nConnection: close\r\n\r\n"
			}
			p.Send(ok(nil), last)
			if !announced { // otherwise the client closes
				p.CloseWrite()
			}
			p.ExpectClosed()
		}, serving(1))
	}
}

// Rule 6: a server may answer the first of a batch and stall. That is a timeout
// in the head of the second, and nothing is lost by it.
func TestServersRule6Stall(t *testing.T) {
	bubble(t, dugong.Config{Timeout: 2 * time.Second}, func(r *rig) {
		r.get("/a")
		r.get("/b")
		r.wantBody(r.read("/a", 200), []byte("/a"))
		if e := r.fails(dugong.ErrConnectionTimedOut); e.Path != "/b" || e.Phase != dugong.PhaseHead {
			t.Errorf("%v: phase %s", e, e.Phase)
		}
		r.get("/c") // new octets wake the server
		r.wantBody(r.read("/b", 200), []byte("/b"))
		r.wantBody(r.read("/c", 200), []byte("/c"))
	}, func(p *wiretest.Peer) {
		a, b := p.ReadRequest(), p.ReadRequest()
		p.Send(ok([]byte(a.Target)))
		c := p.ReadRequest()
		p.Send(ok([]byte(b.Target)) + ok([]byte(c.Target)))
		p.ExpectClosed()
	})
}

// Rule 7: interim responses come in all places; a close after one is named so.
func TestServersRule7Interim(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		resp := r.read("/a", 200)
		if resp.Close {
			r.t.Error("Connection: close of a 103 counts for the final response")
		}
		r.wantBody(resp, nil)
		r.get("/b")
		if e := r.fails(dugong.ErrConnectionClosed); !strings.Contains(e.Error(), "interim") {
			r.t.Errorf("%v does not tell of the interim response", e)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 103 Hints\r\nConnection: close\r\n\r\n" + continue100 + ok(nil))
		p.ReadRequest()
		p.Send("HTTP/1.1 103 Hints\r\n\r\n")
		p.CloseWrite()
		p.ExpectClosed()
	})
}

// Rule 8: a peer that reads the body first, and sends 100 with the final
// response: the wait limit gets the body going.
func TestServersRule8BodyFirst(t *testing.T) {
	bubble(t, dugong.Config{}, func(r *rig) {
		r.send(expecting("/", 4))
		r.fails(dugong.ErrConnectionTimedOut)
		r.write([]byte("body"))
		r.wantBody(r.read("/", 200), []byte("fine"))
		r.exchange("/b", "/b")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(continue100 + ok([]byte("fine")))
		serving(1)(p)
	})
}

// Rule 9: a FIN with nothing of the next response read is a loss with a
// verdict, not an error of the protocol, whatever the header said.
func TestServersRule9SilentClose(t *testing.T) {
	closed := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.exchange("/a", "a")
		r.await(closed)
		e := r.refuses(get("/b"), dugong.ErrConnectionClosed)
		if e.Fault != dugong.FaultNetwork || !dugong.IsTemporary(e) || !strings.Contains(e.Error(), "nothing of the request was sent") {
			r.t.Errorf("%v: fault %s", e, e.Fault)
		}
		r.wantListed("")
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
		r.Reset()
		r.exchange("/b", "/b")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na")
		p.CloseWrite()
		closed.tell()
		p.ExpectClosed()
	}, serving(1))
}

// Rule 10: the wrong kind of port is named, either way round.
func TestServersRule10WrongPort(t *testing.T) { eachWait(t, wrongPort) }

func wrongPort(t *testing.T, m wiretest.Mode) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("\x15\x03\x01\x00\x02\x02\x46") // the alert with which OpenSSL answers
		p.CloseWrite()
		p.ExpectClosed()
	})
	r := newRig(t, m, srv.Addr, dugong.Config{})
	r.get("/")
	_, err := r.ReadResponse(r.ctx)
	e := r.wantErr(err, dugong.ErrInvalidResponse)
	if !strings.Contains(e.Error(), "it speaks TLS on this port") || dugong.IsTemporary(e) || e.Fault != dugong.FaultPeer || e.MaybeProcessed != 1 {
		t.Errorf("%v: temporary %v, fault %s", e, dugong.IsTemporary(e), e.Fault)
	}
	srv = wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Read(1)
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		p.Drain()
	})
	r = newRig(t, m, srv.Addr, dugong.Config{TLS: wiretest.ClientTLS()})
	e = r.wantErr(r.SendRequest(r.ctx, get("/")), dugong.ErrTLS)
	if !strings.Contains(e.Error(), "plain HTTP") || e.Phase != dugong.PhaseTLS || dugong.IsTemporary(e) {
		t.Errorf("%v: phase %s", e, e.Phase)
	}
}

// Rule 11: servers swallow some megabytes of requests and then block. None is
// dropped: the sender goes on when answers are read.
func TestServersRule11Backpressure(t *testing.T) {
	small(t, dugong.Config{}, func(r *rig) {
		sent, read := 0, 0
		for sent < 1000 {
			err := r.SendRequest(r.ctx, large("/"))
			if err == nil {
				sent++
				continue
			}
			r.wantErr(err, dugong.ErrPipelineFull)
			r.readAll(1, 5000)
			read++
		}
		r.readAll(sent-read, 5000)
		r.wantPending(0)
	}, bigAnswers(5000))
}

// Octets with no request outstanding are never an answer: a 408 that waits on
// an idle connection is not taken for the answer of the next request.
func TestServersUnsolicited(t *testing.T) {
	sent, idle := newStep(), newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.exchange("/a", "a")
		idle.tell()
		r.await(sent)
		e := r.refuses(get("/b"), dugong.ErrConnectionClosed)
		if e.Fault != dugong.FaultPeer || errors.Is(e, io.EOF) {
			r.t.Errorf("%v: fault %s", e, e.Fault)
		}
		r.wantListed("")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok([]byte("a")))
		p.Wait(idle)
		p.Send("HTTP/1.0 408 Timeout\r\nConnection: close\r\n\r\nbye")
		sent.tell()
		p.ExpectClosed()
	})
}
