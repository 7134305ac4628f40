package dugong_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// ReadResponse with nothing pending is ErrState.
func TestContractReadingNothingPending(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.fails(dugong.ErrState)
		r.exchange("/a", "/a")
		if e := r.fails(dugong.ErrState); e.Phase != "" || e.Fault != dugong.FaultCaller || dugong.IsTemporary(e) {
			r.t.Errorf("%v: phase %q, fault %s", e, e.Phase, e.Fault)
		}
		r.exchange("/b", "/b")
	}, serving(2))
}

// If a send is in progress it waits: here for the connection to be made.
func TestContractReadingWaitsForSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		dial := pipes(t, wiretest.Plain, []wiretest.Script{serving(1)})
		c, err := dugong.New("origin.test:1", &dugong.Config{Dialer: func(ctx context.Context, n, a string) (net.Conn, error) {
			<-release
			return dial(ctx, n, a)
		}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		r := &rig{c, t, wiretest.Plain, context.Background()}
		sent := r.sending(get("/a"))
		stillWaits(t, sent)
		read := r.reading()
		stillWaits(t, read)
		close(release)
		if err := (<-sent).err; err != nil {
			t.Fatal(err)
		}
		res := <-read
		if res.err != nil {
			t.Fatal(res.err)
		}
		r.wantBody(res.value, []byte("/a"))
	})
}

// With ReaderWaits it waits for the next request, far beyond the inactivity
// timeout.
func TestContractReadingReaderWaits(t *testing.T) {
	goroutines(t, dugong.Config{ReaderWaits: true, Timeout: time.Second}, func(r *rig) {
		for _, path := range []string{"/a", "/b"} {
			read := r.reading()
			time.Sleep(time.Hour)
			stillWaits(t, read)
			r.get(path)
			res := <-read
			if res.err != nil {
				t.Fatal(res.err)
			}
			r.wantBody(res.value, []byte(path))
		}
	}, serving(2))
}

// Its context, Close and Reset end that wait, before the first connection and
// on an idle one.
func TestContractReadingReaderWaitsEnds(t *testing.T) {
	cause := errors.New("enough")
	for name, end := range map[string]struct {
		f    func(*rig, context.CancelCauseFunc)
		kind error
		is   error
	}{
		"context": {func(_ *rig, cancel context.CancelCauseFunc) { cancel(cause) }, dugong.ErrCanceled, cause},
		"Close":   {func(r *rig, _ context.CancelCauseFunc) { r.Close() }, dugong.ErrConnectionClosed, net.ErrClosed},
		"Reset":   {func(r *rig, _ context.CancelCauseFunc) { r.Reset() }, dugong.ErrConnectionClosed, net.ErrClosed},
	} {
		for _, connected := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				var scripts []wiretest.Script
				if connected {
					scripts = append(scripts, serving(1))
				}
				bubbleIn(t, wiretest.Plain, dugong.Config{ReaderWaits: true}, func(r *rig) {
					ctx, cancel := context.WithCancelCause(r.ctx)
					if connected {
						r.exchange("/", "/")
					}
					r.ctx = ctx
					read := r.reading()
					stillWaits(r.t, read)
					end.f(r, cancel)
					synctest.Wait()
					select {
					case res := <-read:
						if e := r.wantErr(res.err, end.kind); !errors.Is(e, end.is) {
							r.t.Errorf("%v is not %v", e, end.is)
						}
					default:
						cancel(nil)
						r.t.Fatal("the reader waits on")
					}
				}, scripts...)
			})
		}
	}
}

// Two senders or two readers at once: ErrState, and the first is not disturbed.
func TestContractReadingTwoReaders(t *testing.T) {
	goroutines(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		read := r.reading()
		stillWaits(t, read)
		r.fails(dugong.ErrState)
		_, err := r.ReadRaw(r.ctx, make([]byte, 1))
		r.wantErr(err, dugong.ErrState)
		r.get("/b") // the script waits for it
		r.wantBody((<-read).value, []byte("/a"))
		r.wantBody(r.read("/b", 200), []byte("/b"))
	}, func(p *wiretest.Peer) {
		a, b := p.ReadRequest(), p.ReadRequest()
		p.Send(ok([]byte(a.Target)), ok([]byte(b.Target)))
		p.ExpectClosed()
	})
}

func TestContractReadingTwoSenders(t *testing.T) {
	var release step
	goroutines(t, dugong.Config{}, func(r *rig) {
		release = newStep() // inside the bubble
		sent := r.sending(put("/a", dugong.BodyReader(endless(1<<20), 1<<20)))
		stillWaits(t, sent)
		r.refuses(get("/b"), dugong.ErrState)
		_, err := r.Write(nil)
		r.wantErr(err, dugong.ErrState)
		r.wantErr(r.Flush(r.ctx), dugong.ErrState)
		r.wantErr(r.EndBody(nil), dugong.ErrState)
		release.tell()
		if err := (<-sent).err; err != nil {
			t.Fatal(err)
		}
		r.wantBody(r.read("/a", 200), []byte("/a"))
	}, func(p *wiretest.Peer) {
		p.Wait(release)
		serving(1)(p)
	})
}

// A sender that reads ahead gives way as soon as a reader calls.
func TestContractReadingSenderGivesWay(t *testing.T) {
	var takes step
	goroutines(t, dugong.Config{}, func(r *rig) {
		takes = newStep() // inside the bubble
		r.get("/a")
		sent := r.sending(put("/b", dugong.BodyReader(endless(1<<20), 1<<20)))
		stillWaits(t, sent)
		read := r.reading() // nothing of /a is there
		stillWaits(t, read)
		takes.tell()
		r.wantBody((<-read).value, []byte("/a"))
		stillWaits(t, sent)
		takes.tell()
		if err := (<-sent).err; err != nil {
			t.Fatal(err)
		}
		r.wantBody(r.read("/b", 200), []byte("/b"))
	}, func(p *wiretest.Peer) {
		a := p.ReadRequest()
		p.Wait(takes)
		p.Send(ok([]byte(a.Target)))
		p.Wait(takes)
		serving(1)(p)
	})
}

// One sender and one reader goroutine share a connection.
func TestContractReadingSenderAndReader(t *testing.T) {
	const n = 3000
	both(t, dugong.Config{ReaderWaits: true}, func(r *rig) {
		sent := r.spawn(func(r *rig) error {
			for i := range n {
				q := &dugong.Request{Path: "/", Tag: i}
				if i%100 == 0 {
					q = put("/", dugong.BodyBytes(data(50_000)))
					q.Tag = i
				}
				if err := r.SendRequest(r.ctx, q); err != nil {
					return err
				}
			}
			return r.Flush(r.ctx)
		})
		for i := range n {
			resp := r.read("/", 200)
			if resp.Tag != i {
				r.t.Fatalf("response %d is to request %v", i, resp.Tag)
			}
			r.wantBody(resp, []byte("/"))
		}
		if err := sent(); err != nil {
			r.t.Fatal(err)
		}
	}, serving(n))
}

// With Interim each 1xx is a Response of length 0 while Pending stays; without
// it they are skipped, but for an awaited 100.
func TestContractReadingInterim(t *testing.T) {
	const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nContent-Length: 7\r\n\r\n"
	const processing = "HTTP/1.1 102 \r\n\r\n"
	both(t, dugong.Config{}, func(r *rig) {
		r.send(&dugong.Request{Path: "/a", Interim: true, Tag: 7})
		r.get("/b")
		for _, status := range []int{103, 102, 100, 103} {
			resp := r.read("/a", status)
			if resp.Length != 0 || resp.Tag != 7 || resp.Close || status == 103 && resp.Header.Get("Link") != "</a.css>" {
				r.t.Errorf("%d: length %d, tag %v, %q", status, resp.Length, resp.Tag, resp.Header.Get("Link"))
			}
			r.wantBody(resp, nil)
			r.wantPending(2)
		}
		resp := r.read("/a", 200)
		if _, has := resp.Header.Lookup("Link"); has {
			r.t.Error("the fields of a 1xx are in the final response")
		}
		r.wantBody(resp, []byte("a"))
		r.wantBody(r.read("/b", 200), []byte("b"))
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadRequest()
		p.Send(hints, processing, "HTTP/1.1 100 Continue\r\n\r\n"+hints+ok([]byte("a")))
		p.Send(hints+processing, ok([]byte("b")))
		p.ExpectClosed()
	})
}

// They are skipped within their bound only.
func TestContractReadingInterimBound(t *testing.T) {
	for _, interim := range []bool{false, true} {
		both(t, dugong.Config{Limits: dugong.Limits{Interim: 1000}}, func(r *rig) {
			r.send(&dugong.Request{Path: "/a", Interim: interim})
			r.get("/b")
			var err error
			for err == nil {
				_, err = r.ReadResponse(r.ctx)
			}
			if e := r.wantErr(err, dugong.ErrTooLarge); !errors.Is(e, dugong.ErrInvalidResponse) || e.Path != "/a" {
				r.t.Errorf("%v", e)
			}
			r.fails(dugong.ErrConnectionClosed)
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			for p.TrySend("HTTP/1.1 102 Still at it\r\nPad: "+strings.Repeat("x", 100)+"\r\n\r\n") == nil {
			}
		})
	}
}
