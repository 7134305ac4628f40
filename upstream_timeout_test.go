package dugong_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// brief is a timeout that is to pass. Before it is set everything that has to
// come has come, so that a slow machine makes no difference.
const brief = 50 * time.Millisecond

// connectThenBrief connects first: a timeout that is set before is that of the
// connect and the handshake too, which a slow machine does not do in 50 ms.
func (r *rig) connectThenBrief() {
	r.t.Helper()
	if err := r.Connect(r.ctx); err != nil {
		r.t.Fatalf("Connect: %v", err)
	}
	r.SetTimeout(brief)
}

// wantTimeout checks an inactivity timeout in all the ways that tell one.
func (r *rig) wantTimeout(err error, phase dugong.Phase) {
	r.t.Helper()
	e := r.wantErr(err, dugong.ErrConnectionTimedOut)
	var n net.Error
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &n) || !n.Timeout() || !dugong.IsTemporary(err) || e.Phase != phase {
		r.t.Errorf("%v: phase %q, want %q", err, e.Phase, phase)
	}
}

// TestRecvTimeout: 25 of 50 octets come and are given out, then nothing. The
// timeout costs nothing: when the rest comes it can be read.
func TestRecvTimeout(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		timedOut := make(chan struct{})
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + string(data(50)[:25]))
			p.Wait(timedOut)
			p.Send(string(data(50)[25:]))
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{})
		r.get("/")
		resp := r.read("/", 200)
		got := make([]byte, 50)
		if _, err := io.ReadFull(resp.Body, got[:25]); err != nil {
			t.Fatal(err)
		}
		r.SetTimeout(brief)
		n, err := resp.Body.Read(got[25:])
		if n != 0 {
			t.Errorf("%d octets out of nowhere", n)
		}
		r.wantTimeout(err, dugong.PhaseBody)
		r.SetTimeout(wiretest.DefaultGuard)
		close(timedOut)
		if _, err := io.ReadFull(resp.Body, got[25:]); err != nil {
			t.Fatal(err)
		}
		r.same(got, data(50))
	})
}

// TestSendTimeout: the server stops reading, writes end in a timeout.
func TestSendTimeout(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		timedOut := make(chan struct{})
		srv := wiretest.Setup{Mode: m, ReadBuffer: 4096}.Serve(t, func(p *wiretest.Peer) {
			p.ReadHead()
			p.StopReading(timedOut)
			p.Drain()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{Timeout: wiretest.DefaultGuard})
		r.send(&dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyFollowing(1 << 40)})
		r.SetTimeout(brief)
		var err error
		for block := data(window); err == nil; {
			_, err = r.Write(block)
		}
		close(timedOut)
		r.wantTimeout(err, dugong.PhaseWrite)
	})
}
