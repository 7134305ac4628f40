package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const empty = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// A fault that a large read meets before any data comes at once, as it does for
// a small one, whether the peer has closed or not.
func TestContractFaultInLargeRead(t *testing.T) {
	for _, size := range []int{100, 64 << 10, 1 << 20} {
		reads, sents := make(chan struct{}, 99), make(chan struct{}, 99)
		both(t, dugong.Config{}, func(r *rig) {
			r.get("/")
			resp := r.read("/", 200)
			p := make([]byte, size)
			if n, err := resp.Body.Read(p); string(p[:n]) != "hello" || err != nil {
				r.t.Fatalf("%q, %v", p[:n], err)
			}
			reads <- struct{}{}
			if err := dugong.Await(r.ctx, closedBy(sents)); err != nil {
				r.t.Fatal(err)
			}
			_, err := resp.Body.Read(p)
			r.wantErr(err, dugong.ErrInvalidResponse)
		}, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
			p.Wait(reads)
			p.Send("ZZ\r\n")
			sents <- struct{}{}
			p.ExpectClosed()
		})
	}
}

// closedBy is closed once something comes from ch.
func closedBy(ch <-chan struct{}) <-chan struct{} {
	closed := make(chan struct{})
	go func() { <-ch; close(closed) }()
	return closed
}

// An answer that comes before anything of a request has left is not that
// request's, also where somebody only asks what is unanswered.
func TestContractAheadOfRequest(t *testing.T) {
	sent := make(chan struct{}, 99)
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		if err := dugong.Await(r.ctx, closedBy(sent)); err != nil {
			r.t.Fatal(err)
		}
		r.send(&dugong.Request{Method: "POST", Path: "/b", More: true})
		r.read("/a", 200)
		r.wantUnanswered("/b", dugong.NotProcessed)
		r.Close()
		r.wantUnanswered("/b", dugong.NotProcessed)
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send(empty + empty)
		sent <- struct{}{}
		p.ExpectClosed()
	})
}

// Behind a response that announces close nothing is an answer, also before that
// response is read.
func TestContractAheadOfClose(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		for _, path := range []string{"/a", "/b", "/c"} {
			r.send(&dugong.Request{Path: path, More: true})
		}
		r.read("/a", 200)
		r.wantUnanswered("/c", dugong.MaybeProcessed)
		r.Close()
		r.wantUnanswered("/c", dugong.MaybeProcessed)
	}, func(p *wiretest.Peer) {
		for range 3 {
			p.ReadHead()
		}
		p.Send(empty + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" + empty)
		p.ExpectClosed()
	})
}

// wantUnanswered checks that this request alone is on the list.
func (r *rig) wantUnanswered(path string, verdict dugong.Verdict) {
	r.t.Helper()
	list := r.Unanswered()
	if len(list) != 1 || list[0].Path != path || list[0].Verdict != verdict {
		r.t.Fatalf("unanswered: %+v; want %s alone, %s", list, path, verdict)
	}
}

// A request that Pipeline pulled, and that was accepted but taken back since
// nothing of it could leave, is listed like one that was never accepted. With
// depth 1 the first one is answered before the second is pulled.
func TestContractPipelineTakenBack(t *testing.T) {
	for _, cfg := range []dugong.Config{{}, {PipelineDepth: 1}} {
		kill, killed := make(chan struct{}, 99), make(chan struct{}, 99)
		both(t, cfg, func(r *rig) {
			all := map[string]bool{}
			for resp, err := range r.Pipeline(r.ctx, func(yield func(*dugong.Request) bool) {
				all["/a"] = true
				if !yield(&dugong.Request{Path: "/a"}) {
					return
				}
				kill <- struct{}{}
				<-killed
				all["/b"] = true
				yield(&dugong.Request{Method: "PUT", Path: "/b", Body: dugong.BodyBytes([]byte("hello")), ExpectContinue: true})
			}) {
				if err == nil && (cfg.PipelineDepth != 1 || resp.Path != "/a") {
					r.t.Fatal("an answer")
				} else if err == nil {
					delete(all, resp.Path)
				}
			}
			for _, x := range r.Unanswered() {
				delete(all, x.Path)
			}
			if len(all) > 0 {
				r.t.Errorf("pulled, and on no list: %v", all)
			}
		}, func(p *wiretest.Peer) {
			if cfg.PipelineDepth == 1 {
				p.ReadHead()
				p.Send(empty)
			}
			p.Wait(kill)
			p.Reset()
			killed <- struct{}{}
		})
	}
}
