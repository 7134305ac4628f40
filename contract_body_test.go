package dugong_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A ReadResponse that timed out or was cancelled has consumed nothing, wherever
// in the head it was, and can be repeated. So has a read of a body.
func TestContractReadingRepeatable(t *testing.T) {
	const head, body = "HTTP/1.1 200 Fine\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 9\r\n\r\n"
	var goOn step
	for _, cancelled := range []bool{false, true} {
		bubble(t, dugong.Config{Timeout: time.Second}, func(r *rig) {
			goOn = newStep()
			ctx := func() (context.Context, context.CancelFunc) {
				if cancelled {
					return context.WithTimeoutCause(r.ctx, time.Millisecond, errors.New("enough"))
				}
				return context.WithCancel(r.ctx)
			}
			check := func(err error) {
				t.Helper()
				if cancelled {
					if e := r.wantErr(err, dugong.ErrCanceled); dugong.IsTemporary(e) || !e.Timeout() && errors.Is(e, context.DeadlineExceeded) {
						t.Errorf("%v: temporary", e)
					}
				} else {
					r.wantErr(err, dugong.ErrConnectionTimedOut)
				}
			}
			r.get("/")
			for i := range head {
				c, cancel := ctx()
				resp, err := r.ReadResponse(c)
				cancel()
				if resp != nil {
					t.Fatalf("a response after %d octets", i)
				}
				check(err)
				goOn.tell()
			}
			resp := r.read("/", 200)
			got := make([]byte, 0, 10)
			for range body {
				for {
					c, cancel := ctx()
					resp.Body.SetContext(c)
					n, err := resp.Body.Read(got[len(got) : len(got)+1])
					got = got[:len(got)+n]
					cancel()
					if n == 0 && err != io.EOF {
						check(err)
						break
					}
					if err != nil {
						t.Fatal(err)
					}
				}
				goOn.tell()
			}
			r.same(got, []byte("abcde"))
			resp.Body.SetContext(r.ctx)
			r.wantBody(resp, nil)
			if resp.Header.Get("A") != "1" || resp.Body.Trailer().Get("T") != "9" {
				t.Error("a field is missing")
			}
			r.exchange("/b", "/b")
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			for _, c := range []byte(head + body) {
				p.Wait(goOn)
				p.Send(string(c))
			}
			serving(1)(p)
		})
	}
}

// Cancelling the context of ReadResponse ends its body, also what is buffered;
// SetContext rebinds it.
func TestContractContextOfBody(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/")
		ctx, cancel := context.WithCancel(r.ctx)
		resp, err := r.ReadResponse(ctx)
		if err != nil {
			r.t.Fatal(err)
		}
		cancel()
		_, err = resp.Body.ReadAll()
		if e := r.wantErr(err, dugong.ErrCanceled); !errors.Is(e, context.Canceled) || e.Phase != dugong.PhaseBody {
			r.t.Errorf("%v: phase %s", e, e.Phase)
		}
		resp.Body.SetContext(r.ctx)
		r.wantBody(resp, []byte("body"))
	}, once(ok([]byte("body"))))
}

// The context of a body that is written is that of its SendRequest;
// SetWriteContext rebinds it. A send that was cut off is dead for sending,
// reading goes on.
func TestContractContextOfWrite(t *testing.T) {
	var gaveUp step
	for _, rebind := range []bool{false, true} {
		bubble(t, dugong.Config{Timeout: time.Hour}, func(r *rig) {
			given := newStep()
			gaveUp = given
			ctx, cancel := context.WithTimeout(r.ctx, time.Second)
			defer cancel()
			sendIn := ctx
			if rebind {
				sendIn = r.ctx
			}
			if err := r.SendRequest(sendIn, put("/", dugong.BodyFollowing(1<<20))); err != nil {
				t.Fatal(err)
			}
			if rebind {
				r.SetWriteContext(ctx)
			}
			begin := time.Now()
			n, err := r.Write(data(1 << 20))
			e := r.wantErr(err, dugong.ErrCanceled)
			if time.Since(begin) != time.Second || e.Written != int64(n) || n == 0 || n == 1<<20 || e.Phase != dugong.PhaseWrite {
				t.Errorf("%v after %v: n %d, written %d", e, time.Since(begin), n, e.Written)
			}
			r.refuses(get("/b"), dugong.ErrConnectionClosed)
			_, err = r.Write([]byte("x"))
			if err == nil {
				t.Error("writing goes on")
			}
			r.wantPending(1)
			given.tell()
			r.wantBody(r.read("/", 200), []byte("early"))
			left := r.Unanswered()
			if len(left) != 0 {
				t.Errorf("unanswered: %v", left)
			}
		}, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Wait(gaveUp)
			p.Send(ok([]byte("early")))
			p.Drain()
		})
	}
}

// ReadResponseInto: ErrState while the last body is open; the whole Response
// then belongs to the new answer.
func TestContractReadInto(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		var resp dugong.Response
		r.get("/a")
		r.get("/b")
		r.flush()
		if err := r.ReadResponseInto(r.ctx, &resp); err != nil {
			r.t.Fatal(err)
		}
		kept := resp.Header.Get("Link") // a string that was given out is good for ever
		r.wantErr(r.ReadResponseInto(r.ctx, &resp), dugong.ErrState)
		if resp.Path != "/a" || resp.Status != 201 {
			r.t.Error("the refused call changed the response")
		}
		r.wantBody(&resp, []byte("a"))
		if err := r.ReadResponseInto(r.ctx, &resp); err != nil {
			r.t.Fatal(err)
		}
		if resp.Path != "/b" || resp.Status != 200 || resp.Header.Get("Link") != "" || kept != "</a>" || resp.Length != 1 {
			r.t.Errorf("%+v, kept %q", resp, kept)
		}
		r.wantBody(&resp, []byte("b"))
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		p.Send("HTTP/1.1 201 A\r\nLink: </a>\r\nContent-Length: 1\r\n\r\na", ok([]byte("b")))
		p.ExpectClosed()
	})
}

// A Body from ReadResponse knows its own response and never reads a later one;
// its Response, with trailer, is good for ever.
func TestContractBodyOfItsOwn(t *testing.T) {
	answerOf := func(name string) string {
		return "HTTP/1.1 200 OK\r\nName: " + name + "\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n" + name + "\r\n0\r\nTrailer-Name: " + name + "\r\n\r\n"
	}
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.get("/b")
		a := r.read("/a", 200)
		r.wantBody(a, []byte("a"))
		b := r.read("/b", 200)
		if n, err := a.Body.Read(make([]byte, 10)); n != 0 || err != io.EOF {
			r.t.Errorf("the first body goes on with %d, %v", n, err)
		}
		if err := a.Body.Close(); err != nil {
			r.t.Error(err)
		}
		r.wantBody(b, []byte("b"))
		for want, resp := range map[string]*dugong.Response{"a": a, "b": b} {
			if h, tr := resp.Header.Get("name"), resp.Body.Trailer().Get("trailer-name"); h != want || tr != want {
				r.t.Errorf("the response %s has header %q, trailer %q", want, h, tr)
			}
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		p.Send(answerOf("a"), answerOf("b"))
		p.ExpectClosed()
	})
}

// Body.Close discards within DiscardLimit, else it breaks the connection.
func TestContractBodyClose(t *testing.T) {
	for _, c := range []struct {
		limit int64
		body  string
		fits  bool
	}{
		{0, ok(data(200_000)), true},
		{0, ok(data(300_000)), false},
		{1000, ok(data(1000)), true},
		{1000, ok(data(1001)), false},
		{1000, chunked(data(600), data(400)), true},
		{1000, chunked(data(600), data(200_000)), false},
		{-1, ok(data(1)), false},
		{-1, ok(nil), true},
	} {
		both(t, dugong.Config{DiscardLimit: c.limit}, func(r *rig) {
			r.get("/a")
			resp := r.read("/a", 200)
			err := resp.Body.Close()
			if c.fits {
				if err = errors.Join(err, resp.Body.Close()); err != nil {
					r.t.Fatalf("limit %d: %v", c.limit, err)
				}
				r.exchange("/b", "/b")
				return
			}
			if e := r.wantErr(err, dugong.ErrConnectionClosed); e.Fault != dugong.FaultCaller {
				r.t.Errorf("%v: fault %s", e, e.Fault)
			}
			r.refuses(get("/b"), dugong.ErrConnectionClosed)
			_, err = resp.Body.Read(make([]byte, 1))
			r.wantErr(err, dugong.ErrConnectionClosed)
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			if p.TrySend(c.body); c.fits {
				serving(1)(p)
			} else {
				p.ExpectClosed()
			}
		})
	}
}

// Where discarding fails, Close breaks the connection as well.
func TestContractBodyCloseFails(t *testing.T) {
	bubble(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		resp := r.read("/a", 200)
		r.wantErr(resp.Body.Close(), dugong.ErrConnectionTimedOut)
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
		p.ExpectClosed()
	})
}
