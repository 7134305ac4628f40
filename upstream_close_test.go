package dugong_test

import (
	"errors"
	"io"
	"net"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// untilClose answers with a body that only the end of the connection ends.
func untilClose(n int) wiretest.Script {
	return func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", string(data(n)))
		p.Close()
	}
}

func TestConnClose1(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		if resp.Length != -1 || !resp.Close {
			r.t.Errorf("length %d, close %v", resp.Length, resp.Close)
		}
		r.wantBody(resp, data(3*window+500))
		r.wantPending(0)
		r.wantLost()
	}, untilClose(3*window+500))
}

func TestConnClose2(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		r.same(readBy(r, r.read("/", 200), 600), data(3*window+500))
		r.wantPending(0)
		r.wantLost()
	}, untilClose(3*window+500))
}

// TestConnClose3: the server closes its sending side only. The original's
// second send succeeded; now it is refused, and the server sees nothing of it.
func TestConnClose3(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		r.wantBody(r.read("/", 200), data(500))
		err := r.SendRequest(r.ctx, &dugong.Request{Method: "GET", Path: "/lost"})
		r.wantErr(err, dugong.ErrConnectionClosed)
		r.wantPending(0)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", string(data(500)))
		p.CloseWrite()
		p.ExpectClosed()
	})
}

// TestConnClose4: Content-Length beats Connection: close, what follows is ignored.
func TestConnClose4(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		if resp.Length != 50 {
			r.t.Errorf("length %d, want 50", resp.Length)
		}
		r.wantBody(resp, data(50))
		r.wantPending(0)
		r.wantLost()
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 50\r\n\r\n" + string(data(50)) + "HTTP/1.1 200 OK\r\n\r\nsurplus")
		p.Close()
	})
}

// TestConnClose5: two requests pipelined, the server closes after one.
func TestConnClose5(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/1")
		r.get("/2")
		r.wantBody(r.read("/1", 200), data(10))
		_, err := r.ReadResponse(r.ctx)
		if e := r.wantErr(err, dugong.ErrConnectionClosed); e.Path != "/2" || e.MaybeProcessed != 1 {
			r.t.Errorf("the error names %q and %d maybe processed: %v", e.Path, e.MaybeProcessed, e)
		}
		left := r.Unanswered()
		if len(left) != 1 || left[0].Path != "/2" || left[0].Verdict != dugong.MaybeProcessed {
			r.t.Errorf("unanswered: %+v", left)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		p.Send(ok(data(10)))
		p.Close()
	})
}

// half answers with a head that announces more than it sends.
func half(p *wiretest.Peer) {
	p.ReadRequest()
	p.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + string(data(50)))
	p.ExpectClosed()
}

func TestAbortRead(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		if _, err := io.ReadFull(resp.Body, make([]byte, 10)); err != nil {
			r.t.Fatal(err)
		}
		if err := r.Reset(); err != nil {
			r.t.Fatal(err)
		}
		_, err := resp.Body.Read(make([]byte, 10))
		r.wantErr(err, dugong.ErrConnectionClosed)
		if !errors.Is(err, net.ErrClosed) {
			r.t.Errorf("%v does not say that it was closed on this side", err)
		}
		_, err = resp.Body.ReadAll()
		r.wantErr(err, dugong.ErrConnectionClosed)
	}, half)
}

// TestAbortCoRead: Reset ends a read that waits, wherever it is, and leaves a
// connection that can be used again.
func TestAbortCoRead(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		took := make(chan struct{})
		ended := r.spawn(func(r *rig) error {
			resp.Body.SetContext(r.ctx)
			_, err := io.ReadFull(resp.Body, make([]byte, 50))
			if close(took); err != nil {
				return err
			}
			_, err = resp.Body.Read(make([]byte, 50)) // there is no more
			return err
		})
		if err := wiretest.Await(r.ctx, took); err != nil {
			r.t.Fatal(err)
		}
		if err := r.Reset(); err != nil {
			r.t.Fatal(err)
		}
		r.wantErr(ended(), dugong.ErrConnectionClosed)
		r.wantPending(0)
		r.get("/send_10_bytes")
		r.wantBody(r.read("/send_10_bytes", 200), data(10))
	}, half, mock)
}

func TestAbortWrite(t *testing.T) {
	eachConn(t, func(r *rig) {
		r.send(&dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyFollowing(42)})
		r.write(data(20))
		if err := r.Reset(); err != nil {
			r.t.Fatal(err)
		}
		_, err := r.Write(data(22))
		r.wantErr(err, dugong.ErrConnectionClosed)
		_, err = r.Write(data(22)) // told once, as in the original
		r.wantErr(err, dugong.ErrState)
	}, func(p *wiretest.Peer) { p.Drain() })
}

// upload sends an endless body until the connection is lost.
func upload(r *rig) {
	r.t.Helper()
	r.send(&dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyFollowing(1 << 40)})
	block := data(window)
	for sent := 0; ; sent += len(block) {
		_, err := r.Write(block)
		if err == nil || errors.Is(err, dugong.ErrEarlyResponse) { // the original did not look for one
			continue
		}
		r.wantErr(err, dugong.ErrConnectionClosed)
		return
	}
}

// TestAbortedWrite1: the server reads a part, answers 401 and closes. The write
// fails, but the answer, which says why, can be read.
func TestAbortedWrite1(t *testing.T) {
	eachConn(t, func(r *rig) {
		upload(r)
		if resp := r.read("/", 401); resp.Reason != "Please stop!" {
			r.t.Errorf("reason %q", resp.Reason)
		}
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Read(50)
		p.Send("HTTP/1.1 401 Please stop!\r\nContent-Length: 0\r\n\r\n")
		p.Close()
	})
}

// TestAbortedWrite2: the same without an answer.
func TestAbortedWrite2(t *testing.T) {
	eachConn(t, func(r *rig) {
		upload(r)
		_, err := r.ReadResponse(r.ctx)
		r.wantErr(err, dugong.ErrConnectionClosed)
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Read(50)
		p.Close()
	})
}
