package dugong_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// unasked are octets that answer no request. None may ever be taken for the
// answer to the next one (parsing rule 25).
var unasked = []string{
	"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "HTTP/1.1 204 N\r\n\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
	"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
	"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\nevil", "H", "\r\n", "\n", "\x00", "0\r\n\r\n", " ", "\x15\x03\x03\x00\x02\x01\x00",
}

// When the octets come.
const (
	beforeFirst   = "before the first request"
	withAnswer    = "in one segment with the last answer"
	withBody      = "in one segment with the rest of its body"
	behindAnswer  = "behind the last answer, on the idle connection"
	behindAndGone = "behind the last answer, and the peer closes"
	aheadOfMany   = "behind the last of three pipelined answers"
)

// Octets that nobody asked for end the connection before the next request, which
// is not sent.
func TestFaultsUnasked(t *testing.T) {
	for _, when := range []string{beforeFirst, withAnswer, withBody, behindAnswer, behindAndGone, aheadOfMany} {
		t.Run(when, func(t *testing.T) {
			for _, octets := range unasked {
				sent := newStep() // on loopback they have then arrived
				both(t, dugong.Config{}, func(r *rig) { askedNothing(r, when, sent) }, func(p *wiretest.Peer) { sendUnasked(p, when, octets, sent) })
			}
			tally(t, "unasked octets", 2*len(unasked))
		})
	}
}

// sendUnasked is the peer: after the octets it must not see another request.
func sendUnasked(p *wiretest.Peer, when, octets string, sent step) {
	switch when {
	case beforeFirst:
		p.Send(octets)
	case withAnswer:
		p.ReadRequest()
		p.Send(ok([]byte("good")) + octets)
	case withBody:
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ng", "ood"+octets)
	case behindAnswer, behindAndGone:
		p.ReadRequest()
		p.Send(ok([]byte("good")), octets)
	case aheadOfMany:
		for range 3 {
			p.ReadRequest()
		}
		p.Send(ok([]byte("good"))+ok([]byte("good")), ok([]byte("good"))+octets)
	}
	if when == behindAndGone {
		p.CloseWrite()
	}
	sent.tell()
	if n := p.Drain(); n > 0 {
		p.Fatalf("%d octets of a request came after octets that nobody asked for", n)
	}
}

func askedNothing(r *rig, when string, sent step) {
	if err := r.Connect(r.ctx); err != nil {
		r.t.Fatal(err)
	}
	n := map[string]int{beforeFirst: 0, aheadOfMany: 3}
	asked, special := n[when]
	if !special {
		asked = 1
	}
	for i := range asked {
		r.get(fmt.Sprint("/", i))
	}
	for i := range asked {
		r.wantBody(r.read(fmt.Sprint("/", i), 200), []byte("good"))
	}
	r.await(sent)
	e := r.refuses(get("/next"), dugong.ErrConnectionClosed)
	if e.Fault != dugong.FaultPeer && when != behindAndGone || e.Path != "/next" || e.MaybeProcessed+e.NotProcessed > 0 {
		r.t.Errorf("%v: fault %s", e, e.Fault)
	}
	if _, err := r.ReadResponse(r.ctx); err == nil {
		r.t.Error("an answer that nobody asked for was given out")
	}
	if left := r.Unanswered(); len(left) > 0 || errors.Is(e, dugong.ErrInvalidResponse) {
		r.t.Errorf("unanswered %v", left)
	}
	noneBorrowed(r.t, when)
}

// A request that was accepted and has not left yet cannot have been answered.
func TestFaultsUnaskedBeforeSending(t *testing.T) {
	for _, octets := range unasked {
		sent, accepted := newStep(), newStep()
		both(t, dugong.Config{}, func(r *rig) {
			r.get("/first")
			r.send(&dugong.Request{Path: "/held", More: true})
			accepted.tell()
			r.await(sent)
			r.wantBody(r.read("/first", 200), []byte("good"))
			_, err := r.ReadResponse(r.ctx)
			e := r.wantErr(err, dugong.ErrConnectionClosed)
			if e.Fault != dugong.FaultPeer || e.Path != "/held" || e.NotProcessed != 1 || e.MaybeProcessed != 0 {
				r.t.Errorf("%v: fault %s", e, e.Fault)
			}
			if left := r.Unanswered(); len(left) != 1 || left[0].Written != 0 || left[0].Verdict != dugong.NotProcessed {
				r.t.Errorf("unanswered %+v", left)
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Wait(accepted)
			p.Send(ok([]byte("good")) + octets)
			sent.tell()
			if n := p.Drain(); n > 0 {
				p.Fatalf("%d octets of a request came after its answer", n)
			}
		})
	}
	tally(t, "unasked octets", 2*len(unasked))
}
