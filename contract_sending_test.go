package dugong_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A nil error means accepted, not sent: Request.More keeps even a lone request back.
func TestContractSendingNilIsAccepted(t *testing.T) {
	accepted, looked := newStep(), newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.send(more("/a"))
		r.wantPending(1)
		accepted.tell()
		r.await(looked)
		r.flush()
		r.wantBody(r.read("/a", 200), []byte("/a"))
	}, func(p *wiretest.Peer) {
		p.Wait(accepted)
		p.ExpectNothing()
		looked.tell()
		serving(1)(p)
	})
}

// With nothing in flight a request leaves at once, without Flush or a reader.
func TestContractSendingAtOnceWhenIdle(t *testing.T) {
	got := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		for _, path := range []string{"/a", "/b"} {
			r.get(path)
			r.await(got)
			r.wantBody(r.read(path, 200), []byte(path))
		}
	}, func(p *wiretest.Peer) {
		for range 2 {
			target := p.ReadRequest().Target
			got.tell()
			p.Send(ok([]byte(target)))
		}
		p.ExpectClosed()
	})
}

// Behind one in flight requests gather until Flush.
func TestContractSendingGathersUntilFlush(t *testing.T) {
	accepted, looked, got := newStep(), newStep(), newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.get("/b")
		r.get("/c")
		accepted.tell()
		r.await(looked)
		r.flush()
		r.await(got)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Wait(accepted)
		p.ExpectNothing()
		looked.tell()
		p.ReadRequest()
		p.ReadRequest()
		got.tell()
		p.ExpectClosed()
	})
}

// Behind one in flight requests leave when 16 KiB have gathered.
func TestContractSendingAt16KiB(t *testing.T) {
	got := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/first")
		pad := dugong.Header{{Name: "Pad", Value: strings.Repeat("x", 1000)}}
		for i := range 18 { // of more than 1 KiB each
			r.send(&dugong.Request{Path: fmt.Sprint("/", i), Header: pad})
		}
		r.await(got)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		for range 15 {
			p.ReadRequest()
		}
		got.tell()
		p.Drain()
	})
}

// Of a body too less than 16 KiB wait for more, however it was given: who gave
// it may give nothing more for long.
func TestContractSendingBodyAt16KiB(t *testing.T) {
	for _, c := range []struct {
		name   string
		body   dugong.RequestBody
		pieces []int
	}{
		{"counted", dugong.BodyFollowing(1 << 20), []int{15 << 10, 16 << 10}},
		{"one chunk", dugong.BodyChunked(), []int{32 << 10}},
		{"two chunks", dugong.BodyChunked(), []int{15 << 10, 20 << 10}},
		{"large", dugong.BodyChunked(), []int{1000, 100 << 10}},
	} {
		for _, way := range []string{"Write", "ReadFrom"} {
			t.Run(c.name+" by "+way, func(t *testing.T) {
				sum, got := 0, newStep()
				for _, n := range c.pieces {
					sum += n
				}
				both(t, dugong.Config{}, func(r *rig) {
					r.send(put("/a", c.body))
					for _, n := range c.pieces {
						var err error
						if way == "Write" {
							_, err = r.Write(make([]byte, n))
						} else {
							_, err = r.ReadFrom(bytes.NewReader(make([]byte, n)))
						}
						if err != nil {
							t.Fatal(err)
						}
					}
					r.await(got)
				}, func(p *wiretest.Peer) {
					p.ReadHead()
					p.Read(sum - 16<<10 + 1)
					got.tell()
					p.Drain()
				})
			})
		}
	}
}

// What has gathered leaves before a reader waits.
func TestContractSendingBeforeReaderWaits(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.send(more("/b"))
		r.wantBody(r.read("/a", 200), []byte("first"))
		r.wantBody(r.read("/b", 200), []byte("second"))
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest() // the first is not answered before this
		p.Send(ok([]byte("first")), ok([]byte("second")))
		p.ExpectClosed()
	})
}

// When a reader is parked a request leaves at once.
func TestContractSendingAtOnceWhenReaderParked(t *testing.T) {
	var got step
	goroutines(t, dugong.Config{}, func(r *rig) {
		got = newStep() // inside the bubble
		r.get("/a")
		parked := r.reading()
		stillWaits(t, parked)
		r.get("/b") // in flight is /a, and 16 KiB are far
		r.await(got)
		if res := <-parked; res.err != nil || res.value.Path != "/a" {
			t.Fatal(res.err)
		}
		r.read("/b", 204)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		got.tell()
		p.Send("HTTP/1.1 204 A\r\n\r\n", "HTTP/1.1 204 B\r\n\r\n")
		p.ExpectClosed()
	})
}

// With ExpectContinue, and when its body follows, a request leaves at once.
func TestContractSendingAtOnceWithBody(t *testing.T) {
	got := newStep()
	for _, expect := range []bool{false, true} {
		both(t, dugong.Config{}, func(r *rig) {
			r.get("/a")
			q := following("/b", 5)
			q.ExpectContinue = expect
			r.send(q)
			r.await(got)
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.ReadHead()
			got.tell()
			p.ExpectClosed()
		})
	}
}

// A flush error goes to whoever flushed and to every later call.
func TestContractSendingFlushErrorStays(t *testing.T) {
	reset := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.await(reset)
		r.send(get("/b")) // gathered
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		r.refuses(get("/c"), dugong.ErrConnectionClosed)
		r.fails(dugong.ErrConnectionClosed)
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		r.wantErr(r.Connect(r.ctx), dugong.ErrConnectionClosed)
		if n := len(r.Unanswered()); n != 2 {
			r.t.Errorf("%d unanswered, want /a and /b", n)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Reset()
		reset.tell()
	})
}

// After return the caller may change the request, its header and its bytes.
func TestContractSendingKeepsNothing(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(more("/first"))
		body := []byte("the body")
		tag := new(int)
		q := &dugong.Request{
			Method: "PUT", Path: "/a", Host: "h.test", Header: dugong.Header{{Name: "X", Value: "1"}},
			Body: dugong.BodyBytes(body), Tag: tag, More: true,
		}
		before := fmt.Sprintf("%+v", *q)
		r.send(q)
		if after := fmt.Sprintf("%+v", *q); after != before {
			r.t.Errorf("the request was changed from\n%s to\n%s", before, after)
		}
		copy(body, "XXXXXXXX")
		q.Header[0] = dugong.Field{Name: "Y", Value: "2"}
		*q = dugong.Request{}
		r.read("/first", 204)
		if resp := r.read("/a", 204); resp.Method != "PUT" || resp.Tag != tag {
			r.t.Errorf("the response is to %s with tag %v", resp.Method, resp.Tag)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		q := p.ReadRequest()
		if q.Method != "PUT" || q.Target != "/a" || q.Get("X") != "1" || q.Has("Y") || q.Get("Host") != "h.test" || q.Body != "the body" {
			p.Fatalf("the request that came is %q", q.Raw)
		}
		p.Send("HTTP/1.1 204 A\r\n\r\nHTTP/1.1 204 B\r\n\r\n")
		p.ExpectClosed()
	})
}

// Body-less POST, PUT and PATCH send Content-Length: 0, others none.
func TestContractSendingLengthOfNone(t *testing.T) {
	methods := map[string]string{"POST": "0", "PUT": "0", "PATCH": "0", "GET": "", "HEAD": "", "DELETE": "", "OPTIONS": ""}
	both(t, dugong.Config{}, func(r *rig) {
		for method := range methods {
			r.send(&dugong.Request{Method: method, Path: "/"})
			r.read("/", 204)
		}
	}, func(p *wiretest.Peer) {
		for range methods {
			q := p.ReadRequest()
			if got, want := strings.Join(q.Values("Content-Length"), "|"), methods[q.Method]; got != want {
				p.Fatalf("%s without body has Content-Length %q, want %q", q.Method, got, want)
			}
			p.Send("HTTP/1.1 204 OK\r\n\r\n")
		}
		p.ExpectClosed()
	})
}

// Request.Host overrides the Host field of this request alone.
func TestContractSendingHost(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(&dugong.Request{Host: "other.test:8080"})
		r.read("/", 204)
		r.get("/")
		r.read("/", 204)
	}, func(p *wiretest.Peer) {
		for _, want := range []string{"other.test:8080", p.Conn().LocalAddr().String()} {
			if got := strings.Join(p.ReadRequest().Values("Host"), "|"); got != want {
				p.Fatalf("Host is %q, want %q", got, want)
			}
			p.Send("HTTP/1.1 204 OK\r\n\r\n")
		}
		p.ExpectClosed()
	})
}
