package dugong_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An answer that comes early and closes says that no further request is read.
// Its own request still is, by servers that answer while the body comes, so all
// of it is sent that was accepted.

// earlyHead is the head of such an answer; its body comes at the end.
func earlyHead(closes bool) string {
	if closes {
		return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
	}
	return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
}

// writeOn writes although the answer is there, as ErrEarlyResponse allows.
func (r *rig) writeOn(p []byte) {
	r.t.Helper()
	for len(p) > 0 {
		n, err := r.Write(p)
		if p = p[n:]; err != nil && !errors.Is(err, dugong.ErrEarlyResponse) {
			r.t.Fatal(err)
		}
	}
}

// The body is still open when the head of the answer comes.
func TestContractEarlyClosingOpen(t *testing.T) {
	for _, byAnswer := range []bool{true, false} {
		for _, chunked := range []bool{false, true} {
			for _, size := range []int{1, 1000, 20 << 10, 100<<10 + 5} {
				t.Run(fmt.Sprintf("by the answer %v, chunked %v, %d octets", byAnswer, chunked, size), func(t *testing.T) {
					answered := newStep()
					both(t, dugong.Config{}, func(r *rig) {
						req := put("/up", dugong.BodyFollowing(int64(size)))
						if chunked {
							req.Body = dugong.BodyChunked()
						}
						if !byAnswer {
							req.Header = dugong.HeaderOf("Connection", "close")
						}
						r.send(req)
						r.await(answered)
						resp := r.read("/up", 200)
						r.writeOn(make([]byte, size))
						if chunked {
							if err := r.EndBody(nil); err != nil {
								r.t.Fatal(err)
							}
						}
						r.flush()
						r.wantBody(resp, []byte("ok"))
					}, func(p *wiretest.Peer) {
						q := p.ReadHead()
						p.Send(earlyHead(byAnswer))
						answered.tell()
						if p.ReadBody(q); len(q.Body) != size {
							p.Fatalf("%d octets came, not %d", len(q.Body), size)
						}
						p.Send("ok")
						p.ExpectClosed()
					})
				})
			}
		}
	}
}

// It was accepted whole, but a full socket has left some of it over.
func TestContractEarlyClosingAccepted(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		left := 0
		for size := 16 << 10; size < 1<<20; size += 8 << 10 {
			if !earlyClosingAccepted(t, m, size) {
				break
			}
			left++
		}
		if left < 2 {
			t.Errorf("%d bodies went into the sockets", left)
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// earlyClosingAccepted reports whether a body of that size is accepted while the
// peer reads nothing.
func earlyClosingAccepted(t *testing.T, m wiretest.Mode, size int) bool {
	accepted, seen := newStep(), newStep()
	var refused atomic.Bool
	srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10}.Serve(t, func(p *wiretest.Peer) {
		q := p.ReadHead()
		if p.Wait(accepted); refused.Load() {
			return
		}
		p.Send(earlyHead(true))
		p.Wait(seen)
		if p.ReadBody(q); len(q.Body) != size {
			p.Fatalf("%d octets came, not %d", len(q.Body), size)
		}
		p.Send("ok")
		p.ExpectClosed()
	})
	r := newRig(t, m, srv.Addr, dugong.Config{Dialer: smallBuffer})
	defer r.Close()
	defer seen.tell()
	defer accepted.tell()
	r.connectThenBrief() // only where the sockets are full is anything waited for
	if err := r.SendRequest(r.ctx, put("/up", dugong.BodyBytes(make([]byte, size)))); err != nil {
		r.wantErr(err, dugong.ErrConnectionTimedOut)
		refused.Store(true)
		return false
	}
	r.SetTimeout(wiretest.DefaultGuard)
	accepted.tell()
	resp := r.read("/up", 200)
	seen.tell()
	r.wantBody(resp, []byte("ok"))
	return true
}

// Requests that were gathered behind it are not sent any more, and Flush says so.
func TestContractEarlyClosingBehind(t *testing.T) {
	accepted, answered := newStep(), newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/up", dugong.BodyBytes(make([]byte, 1000))))
		r.get("/b")
		r.get("/c")
		accepted.tell()
		r.await(answered)
		resp := r.read("/up", 200)
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		r.wantBody(resp, []byte("ok"))
		r.wantListed("/b 0 not unsent; /c 0 not unsent")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Wait(accepted)
		p.Send(earlyHead(true) + "ok")
		answered.tell()
		p.ExpectClosed()
	})
}
