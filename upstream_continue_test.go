package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnot!"

// expecting is a request that asks before its body of n octets follows.
func expecting(path string, n int64) *dugong.Request {
	r := following(path, n)
	r.ExpectContinue = true
	return r
}

// refuseThenAllow answers the first expectation with 403 and the second with
// 100, taking no body for the first: what the original relies on.
func refuseThenAllow(p *wiretest.Peer) {
	p.ReadHead()
	p.Send(refusal)
	r := p.ReadHead()
	if r.Get("Expect") != "100-continue" {
		p.Fatalf("Expect is %q", r.Get("Expect"))
	}
	p.ExpectNothing() // the body waits
	p.Send("HTTP/1.1 100 Continue\r\n\r\n")
	p.ReadBody(r)
	if r.Body != string(data(256)) {
		p.Fatalf("body %.60q", r.Body)
	}
	p.Send("HTTP/1.1 204 Ok, but no content\r\n\r\n")
	p.ExpectClosed()
}

// Test100cont: the original goes on using the connection after a refusal.
// Servers differ in what they take for the body then, so it is an opt-in now.
func Test100cont(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, refuseThenAllow)
		r := newRig(t, m, srv.Addr, dugong.Config{ReuseAfterRefusedExpect: true, ContinueTimeout: -1})
		r.send(expecting("/fail", 256))
		r.wantPending(1)
		r.wantBody(r.read("/fail", 403), []byte("not!"))
		_, err := r.Write(data(256)) // not wanted any more
		r.wantErr(err, dugong.ErrState)
		r.wantPending(0)

		r.send(expecting("/ok", 256))
		if resp := r.read("/ok", 100); resp.Length != 0 {
			t.Errorf("length %d", resp.Length)
		}
		r.wantPending(0)
		r.write(data(256))
		r.wantPending(1)
		r.read("/ok", 204)
		r.wantPending(0)
	})
}

// Test100contRefusedCloses: without the opt-in the connection ends with the refusal.
func Test100contRefusedCloses(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(expecting("/fail", 256))
		r.wantBody(r.read("/fail", 403), []byte("not!"))
		_, err := r.Write(data(256))
		r.wantErr(err, dugong.ErrState)
		r.wantLost()
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send(refusal)
		p.ExpectClosed() // and no octet of the body
	})
}

func Test100cont2(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(expecting("/fail", 256))
		r.wantErr(r.SendRequest(r.ctx, &dugong.Request{Method: "GET", Path: "/b"}), dugong.ErrState)
		r.wantBody(r.read("/fail", 403), []byte("not!"))
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send(refusal)
		p.ExpectClosed()
	})
}

// Test100cont3: a write while the answer is awaited is refused. The server
// answers only after that, so that the order is certain.
func Test100cont3(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		refused := make(chan struct{})
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Wait(refused)
			p.ExpectNothing()
			p.Send(refusal)
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{ContinueTimeout: -1})
		r.send(expecting("/fail", 256))
		_, err := r.Write(data(256))
		close(refused)
		r.wantErr(err, dugong.ErrState)
		r.wantBody(r.read("/fail", 403), []byte("not!"))
	})
}
