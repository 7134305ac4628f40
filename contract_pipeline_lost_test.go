package dugong_test

import (
	"errors"
	"fmt"
	"iter"
	"net"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// However a Pipeline ends early, each request that it pulled was either
// answered or is listed by Unanswered, exactly once.

// pipelined runs a Pipeline of numbered requests. seen is called at each
// response. It returns how many responses came and the error that ended it.
func pipelined(r *rig, reqs iter.Seq[*dugong.Request], seen func(i int)) (good int, last error) {
	r.t.Helper()
	for resp, err := range r.Pipeline(r.ctx, reqs) {
		switch {
		case last != nil:
			r.t.Fatalf("a turn after %v: %v, %v", last, resp, err)
		case err != nil:
			last = err
		case resp.Tag != good:
			r.t.Fatalf("response %d is to %v", good, resp.Tag)
		default:
			good++
			seen(good)
		}
	}
	return good, last
}

// accounted checks that the requests from good to pulled are listed, in order.
func (r *rig) accounted(good, pulled int, last error) {
	r.t.Helper()
	left := r.Unanswered()
	if len(left) != pulled-good {
		r.t.Fatalf("%d pulled, %d answered, %d listed: %s", pulled, good, len(left), r.listed())
	}
	for i, x := range left {
		if x.Tag != good+i {
			r.t.Fatalf("the list's entry %d is %v: %s", i, x.Tag, r.listed())
		}
	}
	if e := r.wantErr(last, dugong.ErrConnectionClosed); e.NotProcessed+e.MaybeProcessed != len(left) {
		r.t.Errorf("%d listed, the error counts %d and %d", len(left), e.NotProcessed, e.MaybeProcessed)
	}
}

// answering answers n requests and takes the rest in silence.
func answering(n int) wiretest.Script {
	return func(p *wiretest.Peer) {
		for range n {
			p.Send(ok([]byte(p.ReadRequest().Target)))
		}
		p.Drain()
	}
}

// Reset and Close during a Pipeline end it, with (nil, err) once: between two
// responses, when all was pulled, and when the next request is pulled. No
// request goes out on another connection.
func TestContractPipelineReset(t *testing.T) {
	const answers = 3
	drops := map[string]func(r *rig) error{
		"Reset": func(r *rig) error { return r.Reset() },
		"Close": func(r *rig) error { return r.Close() },
	}
	for name, drop := range drops {
		for where, n := range map[string]int{"window full": 100, "all pulled": 6} {
			t.Run(name+", "+where, func(t *testing.T) {
				both(t, dugong.Config{PipelineDepth: 8}, func(r *rig) {
					pulled := 0
					good, last := pipelined(r, counted(n, &pulled, numbered), func(i int) {
						if i == answers {
							drop(r)
						}
					})
					r.droppedAfter(answers, good, pulled, last)
				}, answering(answers))
			})
		}
		t.Run(name+", while pulling", func(t *testing.T) {
			both(t, dugong.Config{PipelineDepth: 8}, func(r *rig) {
				pulled := 0
				good, last := pipelined(r, counted(8, &pulled, func(i int) *dugong.Request {
					if i == 5 {
						drop(r)
					}
					return numbered(i)
				}), func(int) {})
				r.droppedAfter(0, good, pulled, last)
				if pulled != 6 {
					r.t.Errorf("%d pulled", pulled)
				}
			}, answering(0))
		})
	}
}

func (r *rig) droppedAfter(want, good, pulled int, last error) {
	r.t.Helper()
	if good != want || !errors.Is(last, net.ErrClosed) {
		r.t.Errorf("%d responses, then %v", good, last)
	}
	r.accounted(good, pulled, last)
	r.wantPending(0)
}

// The loss strikes while responses are read to make room for a request that
// was pulled: it is listed.
func TestContractPipelineLossMakingRoom(t *testing.T) {
	for _, depth := range []int{1, 2, 8} {
		for _, answers := range []int{0, 1, 5} {
			both(t, dugong.Config{PipelineDepth: depth}, func(r *rig) {
				pulled := 0
				good, last := pipelined(r, counted(100, &pulled, numbered), func(int) {})
				if good != answers || pulled <= good {
					r.t.Errorf("%d responses of %d pulled", good, pulled)
				}
				r.accounted(good, pulled, last)
			}, func(p *wiretest.Peer) {
				for range answers {
					p.Send(ok([]byte(p.ReadRequest().Target)))
				}
				p.Linger()
			})
		}
	}
}

// A request that was taken at the second try is on the list once, as what it is:
// behind one that had to settle, and behind a full pipeline.
func TestContractPipelineSecondTry(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		first, second := numbered(0), numbered(1)
		first.Header = dugong.Header{{Name: "Connection", Value: "upgrade"}, {Name: "Upgrade", Value: "x"}}
		good, last := pipelined(r, requests(first, second), func(int) {})
		if good != 1 {
			r.t.Errorf("%d responses", good)
		}
		r.accounted(1, 2, last)
		r.wantListed("/1 0 maybe sent")
	}, func(p *wiretest.Peer) {
		p.Send(ok([]byte(p.ReadRequest().Target)))
		p.ReadRequest()
		p.Linger()
	})
	const size, answers = 20_000, 150
	small(t, dugong.Config{ReadAhead: 100_000, PipelineDepth: 10_000}, func(r *rig) {
		pulled := 0
		good, last := pipelined(r, counted(answers+20, &pulled, func(i int) *dugong.Request {
			q := large(fmt.Sprint("/", i))
			q.Tag = i
			return q
		}), func(int) {})
		if good != answers || pulled != answers+20 {
			r.t.Errorf("%d responses of %d pulled", good, pulled)
		}
		r.accounted(good, pulled, last)
	}, func(p *wiretest.Peer) {
		for range answers {
			p.ReadRequest()
			p.Send(ok(data(size)))
		}
		for range 20 {
			p.ReadRequest()
		}
		p.Linger()
	})
}

// Whoever breaks out since a body was cut off finds all that was pulled on the
// list, also the request that was waiting for room; and so does who breaks out
// for another reason, and reads on.
func TestContractPipelineBreakListsPulled(t *testing.T) {
	for name, body := range map[string]string{"cut off": "ab", "whole": "abcd"} {
		both(t, dugong.Config{PipelineDepth: 4}, func(r *rig) {
			answered, pulled := 0, 0
			for resp, err := range r.Pipeline(r.ctx, counted(9, &pulled, numbered)) {
				if err != nil {
					r.t.Fatal(err)
				}
				if _, err := resp.Body.ReadAll(); err != nil || answered == 1 && name == "whole" {
					break
				}
				answered++
			}
			if name == "whole" { // the second one was answered too
				answered++
			}
			list := r.Unanswered()
			if pulled != 5 || answered+len(list) != pulled {
				r.t.Fatalf("%s: %d pulled, %d answered, %d listed: %+v", name, pulled, answered, len(list), list)
			}
			if x := list[len(list)-1]; x.Path != "/4" || x.Tag != 4 || x.Verdict != dugong.NotProcessed {
				r.t.Errorf("%s: the last on the list is %+v", name, x)
			}
			if name == "whole" {
				r.wantPending(2)
			}
		}, func(p *wiretest.Peer) {
			for range 4 {
				p.ReadHead()
			}
			p.Send(ok([]byte("/0")), "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"+body)
			p.Linger()
		})
	}
}

// What the caller did wrong later does not hide what was lost before: an answer
// that closes, a request behind it, and a fault of the caller's own.
func TestContractPipelineLossBesideFault(t *testing.T) {
	cause := errors.New("disk on fire")
	for _, c := range []struct {
		name  string
		kind  error
		later func() []*dugong.Request
	}{
		{"source fails behind its length", dugong.ErrBodySource, func() []*dugong.Request {
			return []*dugong.Request{put("/b", dugong.BodyReader(brokenSource{cause}, 2))}
		}},
		{"source is longer", dugong.ErrExcessBodyData, func() []*dugong.Request {
			return []*dugong.Request{put("/b", dugong.BodyReader(strings.NewReader("abc"), 2))}
		}},
		{"request is invalid", dugong.ErrInvalidRequest, func() []*dugong.Request {
			return []*dugong.Request{get("/b"), {Path: "no slash"}}
		}},
	} {
		both(t, dugong.Config{}, func(r *rig) {
			var last error
			for resp, err := range r.Pipeline(r.ctx, requests(append([]*dugong.Request{get("/a")}, c.later()...)...)) {
				if last = err; err == nil && resp.Path != "/a" {
					r.t.Errorf("%s: an answer to %s", c.name, resp.Path)
				}
			}
			left := r.Unanswered()
			if e := r.wantErr(last, c.kind); len(left) != 1 || left[0].Path != "/b" || e.NotProcessed+e.MaybeProcessed != 1 {
				r.t.Errorf("%s: %v counts %d and %d, listed: %s", c.name, e, e.NotProcessed, e.MaybeProcessed, r.listed())
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			p.Drain()
		})
	}
}
