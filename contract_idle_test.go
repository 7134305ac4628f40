package dugong_test

import (
	"errors"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A connection whose last answer was read holds no memory for reading, however
// the answer was framed.
func TestContractIdleHoldsNoBuffer(t *testing.T) {
	for name, answer := range map[string]string{
		"no body":   "HTTP/1.1 204 No Content\r\n\r\n",
		"empty":     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"counted":   "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
		"chunked":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
		"of a HEAD": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			method := map[bool]string{true: "HEAD", false: "GET"}[name == "of a HEAD"]
			both(t, dugong.Config{}, func(r *rig) {
				for range 2 {
					r.send(&dugong.Request{Method: method, Path: "/a"})
					resp, err := r.ReadResponse(r.ctx)
					if err == nil {
						_, err = resp.Body.ReadAll()
					}
					if err != nil {
						r.t.Fatal(err)
					}
					if n := dugong.BorrowedWindows(); n != 0 {
						r.t.Errorf("%d buffers held", n)
					}
				}
			}, func(p *wiretest.Peer) {
				for range 2 {
					p.ReadRequest()
					p.Send(answer)
				}
				p.ExpectClosed()
			})
		})
	}
}

// With depth 1 the look at an idle connection comes with the wait for the
// answer. It is a look all the same: what was sent out of turn is nobody's
// answer, what was closed takes nothing, and the request has not left.
func TestContractIdleLookInPipeline(t *testing.T) {
	for _, end := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""} {
		idle, seen := make(chan struct{}, 99), make(chan struct{}, 99)
		both(t, dugong.Config{PipelineDepth: 1}, func(r *rig) {
			answers := 0
			var last error
			for resp, err := range r.Pipeline(r.ctx, func(yield func(*dugong.Request) bool) {
				if yield(&dugong.Request{Path: "/a"}) {
					idle <- struct{}{}
					<-seen
					yield(&dugong.Request{Path: "/b"})
				}
			}) {
				if last = err; err == nil && resp.Path == "/a" {
					answers++
				} else if err == nil {
					r.t.Errorf("an answer to %s", resp.Path)
				}
			}
			if answers != 1 || !errors.Is(last, dugong.ErrConnectionClosed) {
				r.t.Errorf("%d answers, then %v", answers, last)
			}
			r.wantUnanswered("/b", dugong.NotProcessed)
		}, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Send(empty)
			p.Wait(idle)
			if end == "" {
				p.Close()
			} else {
				p.Send(end)
			}
			seen <- struct{}{}
			if end != "" {
				p.ExpectClosed()
			}
		})
	}
}
