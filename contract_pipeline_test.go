package dugong_test

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// counted yields n requests and counts how many were pulled.
func counted(n int, pulled *int, make func(i int) *dugong.Request) iter.Seq[*dugong.Request] {
	return func(yield func(*dugong.Request) bool) {
		for i := range n {
			*pulled++
			if !yield(make(i)) {
				return
			}
		}
	}
}

func numbered(i int) *dugong.Request { return &dugong.Request{Path: fmt.Sprint("/", i), Tag: i} }

// Twenty thousand requests and responses in order.
func TestContractPipelineMany(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		n := 20_000
		if r.m.Wait != "" || testing.Short() {
			n = 5_000
		}
		i, pulled := 0, 0
		for resp, err := range r.Pipeline(r.ctx, counted(n, &pulled, numbered)) {
			if err != nil {
				r.t.Fatal(err)
			}
			if i%7 == 0 { // the others are left unread
				r.wantBody(resp, []byte(fmt.Sprint("/", i)))
			}
			if resp.Tag != i {
				r.t.Fatalf("response %d is to %v", i, resp.Tag)
			}
			i++
		}
		if i != n || pulled != n {
			r.t.Errorf("%d responses, %d pulled", i, pulled)
		}
		r.wantPending(0)
		r.exchange("/last", "/last")
	}, func(p *wiretest.Peer) {
		for q, more := p.NextHead(); more; q, more = p.NextHead() {
			p.Send(ok([]byte(q.Target)))
		}
	})
}

// Bodies larger than all socket buffers in both directions, against a server
// that does one thing at a time.
func TestContractPipelineLargeBodies(t *testing.T) {
	const size = 4 << 20
	for kind, n := range map[string]int{"bytes": 20, "reader": 4} {
		both(t, dugong.Config{DiscardLimit: 1 << 30}, func(r *rig) {
			n := n
			if r.m.Wait != "" || testing.Short() {
				n = 4
			}
			body, i, pulled := data(size), 0, 0
			reqs := counted(n, &pulled, func(i int) *dugong.Request {
				if kind == "reader" {
					return put("/", dugong.BodyReader(endless(size), size))
				}
				return put("/", dugong.BodyBytes(body))
			})
			for resp, err := range r.Pipeline(r.ctx, reqs) {
				if err != nil {
					r.t.Fatal(err)
				}
				if got := resp.Header.Get("X-Got"); got != fmt.Sprint(size) {
					r.t.Fatalf("the server got %s octets", got)
				}
				if i == 3 {
					r.wantBody(resp, body)
				}
				i++
			}
			if i != n {
				r.t.Errorf("%d responses", i)
			}
		}, bigAnswers(size))
	}
}

// At most PipelineDepth requests are in flight.
func TestContractPipelineDepth(t *testing.T) {
	for _, depth := range []int{1, 4} {
		both(t, dugong.Config{PipelineDepth: depth}, func(r *rig) {
			seen, pulled := 0, 0
			for _, err := range r.Pipeline(r.ctx, counted(20, &pulled, numbered)) {
				if err != nil {
					r.t.Fatal(err)
				}
				if seen++; pulled-seen > depth {
					r.t.Errorf("%d in flight", pulled-seen)
				}
			}
		}, serving(20))
	}
}

// After a break nothing more is pulled; requests in flight stay pending and
// can be read.
func TestContractPipelineBreak(t *testing.T) {
	both(t, dugong.Config{PipelineDepth: 8}, func(r *rig) {
		seen, pulled := 0, 0
		for resp, err := range r.Pipeline(r.ctx, counted(100, &pulled, numbered)) {
			if err != nil {
				r.t.Fatal(err)
			}
			if seen++; seen == 3 {
				r.wantBody(resp, []byte("/2"))
				break
			}
		}
		at := pulled
		if r.Pending() == 0 || r.Pending() > 8 {
			r.t.Fatalf("%d pending", r.Pending())
		}
		for i := seen; r.Pending() > 0; i++ {
			r.wantBody(r.read(fmt.Sprint("/", i), 200), []byte(fmt.Sprint("/", i)))
			seen++
		}
		if pulled != at || seen != pulled-1 && seen != pulled {
			r.t.Errorf("%d pulled, then %d; %d responses", at, pulled, seen)
		}
		r.exchange("/last", "/last")
	}, func(p *wiretest.Peer) {
		for q, more := p.NextHead(); more; q, more = p.NextHead() {
			p.Send(ok([]byte(q.Target)))
		}
	})
}

// A break while a body is half sent breaks the connection.
func TestContractPipelineBreakInBody(t *testing.T) {
	small(t, dugong.Config{ReadAhead: 1000}, func(r *rig) {
		reqs := requests(get("/a"), put("/b", dugong.BodyReader(endless(1<<30), 1<<30)))
		for resp, err := range r.Pipeline(r.ctx, reqs) {
			if err != nil || resp.Path != "/a" {
				r.t.Fatal(resp, err)
			}
			break
		}
		r.refuses(get("/c"), dugong.ErrConnectionClosed)
		r.wantPending(0)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(ok(data(1000)))
		p.Drain()
	})
}

// A body left unread is discarded within DiscardLimit, beyond it the pipeline ends.
func TestContractPipelineDiscards(t *testing.T) {
	both(t, dugong.Config{DiscardLimit: 1000}, func(r *rig) {
		var statuses, errs []string
		for resp, err := range r.Pipeline(r.ctx, requests(get("/a"), get("/b"), get("/c"))) {
			if err != nil {
				errs = append(errs, r.wantErr(err, dugong.ErrConnectionClosed).Path)
			} else {
				statuses = append(statuses, resp.Path)
			}
		}
		if got := strings.Join(statuses, " ") + "|" + strings.Join(errs, " "); got != "/a /b|/b" {
			r.t.Error(got)
		}
		r.wantListed("/b 200 maybe sent; /c 0 maybe sent")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.TrySend(ok(data(1000)), ok(data(300_000)), ok(nil))
		p.Drain()
	})
}

// A loss yields (nil, err) once and ends; answers that came before it are given.
func TestContractPipelineLoss(t *testing.T) {
	for _, reset := range []bool{false, true} {
		both(t, dugong.Config{PipelineDepth: 50}, func(r *rig) {
			good, bad, pulled := 0, 0, 0
			for resp, err := range r.Pipeline(r.ctx, counted(10_000, &pulled, numbered)) {
				switch {
				case bad > 0:
					r.t.Fatal("a turn after the loss")
				case err != nil:
					bad++
					r.wantErr(err, dugong.ErrConnectionClosed)
				default:
					r.wantBody(resp, []byte(fmt.Sprint("/", good)))
					good++
				}
			}
			if bad != 1 || !reset && good != 37 || good > 37 {
				r.t.Errorf("%d responses, %d errors", good, bad)
			}
			left := r.Unanswered()
			if len(left) != pulled-good {
				r.t.Errorf("%d of %d unanswered", len(left), pulled-good)
			}
			for i, x := range left {
				if x.Tag != good+i {
					r.t.Fatalf("unanswered %d is %v", i, x.Tag)
				}
			}
		}, func(p *wiretest.Peer) {
			for range 37 {
				p.Send(ok([]byte(p.ReadRequest().Target)))
			}
			if reset {
				p.Reset()
			} else {
				p.Linger()
			}
		})
	}
}

// An announced close is a loss of what was sent behind it, each NotProcessed.
func TestContractPipelineAnnouncedClose(t *testing.T) {
	both(t, dugong.Config{PipelineDepth: 10}, func(r *rig) {
		good, pulled := 0, 0
		var last error
		for _, err := range r.Pipeline(r.ctx, counted(100, &pulled, numbered)) {
			if last = err; err == nil {
				good++
			}
		}
		e := r.wantErr(last, dugong.ErrConnectionClosed)
		if good != 3 || e.MaybeProcessed != 0 || e.NotProcessed != len(r.Unanswered()) {
			r.t.Errorf("%d responses, then %v", good, e)
		}
		if n := good + len(r.Unanswered()); n != pulled {
			r.t.Errorf("%d requests were pulled, %d are accounted for", pulled, n)
		}
	}, func(p *wiretest.Peer) {
		for range 2 {
			p.Send(ok([]byte(p.ReadRequest().Target)))
		}
		p.ReadRequest()
		p.Send("HTTP/1.1 204 Last\r\nConnection: close\r\n\r\n")
		p.Drain() // the client closes
	})
}

// A refused request yields its error in its place and ends the sequence after
// the responses before it; the connection is unhurt.
func TestContractPipelineRefused(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		good := 0
		var last error
		for _, err := range r.Pipeline(r.ctx, requests(get("/a"), get("/b"), get("/c\r\n"), get("/d"))) {
			if last = err; err == nil {
				good++
			}
		}
		r.wantErr(last, dugong.ErrInvalidRequest)
		if good != 2 {
			r.t.Errorf("%d responses before the error", good)
		}
		r.exchange("/e", "/e")
	}, serving(3))
}

// On a connection with pending requests: ErrState, and nothing happens.
func TestContractPipelinePending(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		pulled := 0
		for resp, err := range r.Pipeline(r.ctx, counted(3, &pulled, numbered)) {
			if resp != nil || !errors.Is(err, dugong.ErrState) || pulled != 0 {
				r.t.Errorf("%v, %v, %d pulled", resp, err, pulled)
			}
		}
		r.wantBody(r.read("/a", 200), []byte("/a"))
	}, serving(1))
}

// The error of a body's source ends the pipeline and is told.
func TestContractPipelineSource(t *testing.T) {
	cause := errors.New("no more")
	both(t, dugong.Config{}, func(r *rig) {
		var last error
		for _, err := range r.Pipeline(r.ctx, requests(put("/a", dugong.BodyReader(io.MultiReader(strings.NewReader("x"), brokenSource{cause}), 9)))) {
			last = err
		}
		if last == nil {
			r.t.Fatal("no error")
		}
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.CloseWrite()
		p.Drain()
	})
}
