package dugong_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const continue100 = "HTTP/1.1 100 Continue\r\n\r\n"

// At the wait limit (0: 1 s, negative: never) ReadResponse gives a timeout in
// phase wait100, once, and the body may be written.
func TestContractContinueLimit(t *testing.T) {
	for _, c := range []struct{ set, wait time.Duration }{{0, time.Second}, {5 * time.Second, 5 * time.Second}} {
		bubble(t, dugong.Config{ContinueTimeout: c.set, Timeout: time.Minute}, func(r *rig) {
			r.send(expecting("/", 4))
			begin := time.Now()
			e := r.fails(dugong.ErrConnectionTimedOut)
			if d := time.Since(begin); d != c.wait || e.Phase != dugong.PhaseWait100 || !dugong.IsTemporary(e) || !e.Timeout() {
				t.Errorf("%v after %v", e, d)
			}
			r.wantPending(0)
			r.fails(dugong.ErrState) // not sticky: now it is the body that is missing
			r.write([]byte("body"))
			r.wantBody(r.read("/", 200), []byte("/"))
			r.exchange("/b", "/b")
		}, serving(2))
	}
	bubble(t, dugong.Config{ContinueTimeout: -1, Timeout: time.Minute}, func(r *rig) {
		r.send(expecting("/", 4))
		for range 3 { // the inactivity timeout is no wait limit: the answer is awaited still
			e := r.fails(dugong.ErrConnectionTimedOut)
			if e.Phase != dugong.PhaseWait100 {
				t.Error(e)
			}
			_, err := r.Write([]byte("body"))
			r.wantErr(err, dugong.ErrState)
			r.wantPending(1)
		}
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.ExpectClosed()
	})
}

// Pipeline goes on after the wait limit of a 100, but not after the inactivity
// timeout: that ends it, as anywhere.
func TestContractContinueSilentPipeline(t *testing.T) {
	for _, limit := range []time.Duration{-1, time.Hour} {
		bubble(t, dugong.Config{ContinueTimeout: limit, Timeout: time.Minute}, func(r *rig) {
			q := put("/", dugong.BodyBytes([]byte("body")))
			q.ExpectContinue = true
			begin, told := time.Now(), 0
			for resp, err := range r.Pipeline(r.ctx, requests(q)) {
				if e := r.wantErr(err, dugong.ErrConnectionTimedOut); resp != nil || e.Phase != dugong.PhaseWait100 {
					t.Error(resp, e)
				}
				told++
			}
			if d := time.Since(begin); d != time.Minute || told != 1 {
				t.Errorf("wait limit %v: ended after %v with %d errors", limit, d, told)
			}
		}, func(p *wiretest.Peer) {
			p.ReadHead()
			p.ExpectClosed()
		})
	}
}

// A limit that is shared by several calls is not begun anew by each.
func TestContractContinueLimitIsOne(t *testing.T) {
	bubble(t, dugong.Config{ContinueTimeout: time.Hour, Timeout: 40 * time.Minute}, func(r *rig) {
		r.send(expecting("/", 4))
		begin := time.Now()
		r.fails(dugong.ErrConnectionTimedOut) // inactivity
		r.wantPending(1)
		r.fails(dugong.ErrConnectionTimedOut)
		if d := time.Since(begin); d != time.Hour {
			t.Errorf("the limit took %v", d)
		}
		r.write([]byte("body"))
		r.read("/", 200)
	}, serving(1))
}

// The bodies that can wait for a 100, and what may come instead of one.
func TestContractContinueAnswers(t *testing.T) {
	bodies := map[string]dugong.RequestBody{"counted": dugong.BodyFollowing(4), "chunked": dugong.BodyChunked()}
	for name, body := range bodies {
		for _, c := range []struct {
			name, first, then string
			statuses          []int // what ReadResponse gives before the body
			status            int   // of the final response
		}{
			{"100", continue100, "", []int{100}, 200},
			{"100 with fields and no reason", "HTTP/1.1 100 \r\nA: 1\r\n\r\n", "", []int{100}, 200},
			{"doubled 100", continue100 + continue100, "", []int{100}, 200},
			{"late second 100", continue100, continue100, []int{100}, 200},
			{"other 1xx before", "HTTP/1.1 102 \r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n" + continue100, "HTTP/1.1 102 \r\n\r\n", []int{100}, 200},
			{"refused", refusal, "", nil, 403},
			{"refused by 2xx", answer("202 Fine", []byte("not!")), "", nil, 202},
			{"refused in one segment with 102", "HTTP/1.1 102 \r\n\r\n" + refusal, "", nil, 403},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				both(t, dugong.Config{ContinueTimeout: -1}, func(r *rig) {
					r.get("/first")
					q := put("/", body)
					q.ExpectContinue = true
					r.send(q)
					r.refuses(get("/b"), dugong.ErrState)
					_, err := r.Write([]byte("body"))
					r.wantErr(err, dugong.ErrState)
					r.wantErr(r.EndBody(nil), dugong.ErrState)
					r.wantPending(2)
					r.wantBody(r.read("/first", 200), []byte("/first"))
					for _, status := range c.statuses {
						r.wantBody(r.read("/", status), nil)
						r.wantPending(0)
						r.write([]byte("body"))
						if name == "chunked" {
							if err := r.EndBody(dugong.Header{{Name: "Sum", Value: "1"}}); err != nil {
								r.t.Fatal(err)
							}
						}
						r.wantPending(1)
					}
					resp := r.read("/", c.status)
					if _, err := resp.Body.Discard(); err != nil {
						r.t.Fatal(err)
					}
					r.wantPending(0)
					if len(c.statuses) == 0 {
						_, err := r.Write([]byte("body"))
						r.wantErr(err, dugong.ErrState)
						r.refuses(get("/b"), dugong.ErrConnectionClosed)
						return
					}
					r.exchange("/b", "/b")
				}, func(p *wiretest.Peer) {
					p.Send(ok([]byte(p.ReadRequest().Target)))
					q := p.ReadHead()
					if q.Get("Expect") != "100-continue" {
						p.Fatalf("Expect is %q", q.Get("Expect"))
					}
					p.Send(c.first)
					if len(c.statuses) == 0 {
						p.ExpectClosed()
						return
					}
					p.ReadBody(q)
					if q.Body != "body" || q.Chunked != (len(q.Trailers) == 1) {
						p.Fatalf("body %q, trailers %v", q.Body, q.Trailers)
					}
					p.Send(c.then, ok([]byte("done")))
					serving(1)(p)
				})
			})
		}
	}
}

// The peer may close instead of answering, before and after the 100.
func TestContractContinueClose(t *testing.T) {
	for _, sent := range []string{"", continue100} {
		both(t, dugong.Config{ContinueTimeout: -1}, func(r *rig) {
			r.send(expecting("/", 4))
			if sent != "" {
				r.read("/", 100)
				r.write([]byte("body"))
			}
			e := r.fails(dugong.ErrConnectionClosed)
			if left := r.Unanswered(); len(left) != 1 || left[0].Verdict != dugong.MaybeProcessed || e.MaybeProcessed != 1 {
				r.t.Errorf("unanswered: %+v", left)
			}
			_, err := r.Write([]byte("x"))
			if err == nil {
				r.t.Error("writing goes on")
			}
		}, func(p *wiretest.Peer) {
			q := p.ReadHead()
			if p.Send(sent); sent != "" {
				p.ReadBody(q)
			}
			p.CloseWrite()
			p.ExpectClosed()
		})
	}
}

// ExpectContinue needs a body that follows; with an empty one nothing is asked.
func TestContractContinueNeedsBody(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		for _, body := range []dugong.RequestBody{{}, dugong.BodyBytes([]byte("x")), dugong.BodyReader(bytes.NewReader(nil), 0)} {
			q := put("/", body)
			q.ExpectContinue = true
			r.refuses(q, dugong.ErrInvalidRequest)
		}
		r.send(expecting("/a", 0))
		r.wantBody(r.read("/a", 200), []byte("/a"))
	}, func(p *wiretest.Peer) {
		q := p.ReadRequest()
		if q.Has("Expect") || q.Get("Content-Length") != "0" {
			p.Fatalf("%q", q.Raw)
		}
		p.Send(ok([]byte(q.Target)))
		p.ExpectClosed()
	})
}

// In Pipeline the library does these steps itself, also when the 100 does not
// come, and refuses bodies that follow with ErrState before sending anything.
func TestContractContinueInPipeline(t *testing.T) {
	for _, first := range []string{"", continue100, "HTTP/1.1 102 \r\n\r\n" + continue100 + continue100} {
		both(t, dugong.Config{ContinueTimeout: brief}, func(r *rig) {
			q := put("/put", dugong.BodyBytes(data(1000)))
			q.ExpectContinue = true
			i := 0
			for resp, err := range r.Pipeline(r.ctx, requests(get("/a"), q, get("/b"))) {
				if err != nil {
					r.t.Fatal(err)
				}
				r.wantBody(resp, []byte([]string{"/a", "/put", "/b"}[i]))
				i++
			}
			if i != 3 {
				r.t.Errorf("%d responses", i)
			}
		}, func(p *wiretest.Peer) {
			p.Send(ok([]byte(p.ReadRequest().Target)))
			q := p.ReadHead()
			p.Send(first)
			if p.ReadBody(q); q.Get("Expect") != "100-continue" || q.Body != string(data(1000)) {
				p.Fatalf("%q", q.Raw)
			}
			p.Send(ok([]byte(q.Target)))
			serving(1)(p)
		})
	}
	both(t, dugong.Config{}, func(r *rig) {
		for _, body := range []dugong.RequestBody{dugong.BodyFollowing(5), dugong.BodyChunked(), dugong.BodyFollowing(0)} {
			n := 0
			for resp, err := range r.Pipeline(r.ctx, requests(put("/", body))) {
				if n++; resp != nil || !errors.Is(err, dugong.ErrState) {
					r.t.Errorf("%v, %v", resp, err)
				}
			}
			if n != 1 {
				r.t.Errorf("%d turns", n)
			}
		}
		r.exchange("/", "/")
	}, serving(1))
}

// requests yields these as long as they are wanted.
func requests(qs ...*dugong.Request) func(func(*dugong.Request) bool) {
	return func(yield func(*dugong.Request) bool) {
		for _, q := range qs {
			if !yield(q) {
				return
			}
		}
	}
}
