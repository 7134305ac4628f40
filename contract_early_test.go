package dugong_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// earlyAnswer answers a request at its head; then takes a body of n octets, if n is
// not negative, and serves one more request.
func earlyAnswer(head string, n int, answered step) wiretest.Script {
	return func(p *wiretest.Peer) {
		q := p.ReadHead()
		p.Send(head)
		if answered != nil {
			answered.tell()
		}
		if n < 0 {
			p.Drain()
			return
		}
		p.ReadBody(q)
		if len(q.Body) != n {
			p.Fatalf("a body of %d octets, want %d", len(q.Body), n)
		}
		serving(1)(p)
	}
}

const early413 = "HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nstop"

// writeEarly writes length octets of body by f until ErrEarlyResponse, which
// must come with the octets accepted.
func writeEarly(r *rig, length int, write func(p []byte) (int64, error)) (at int) {
	r.t.Helper()
	block := data(1 << 20)
	for at < length {
		n, err := write(block[:min(len(block), length-at)])
		at += int(n)
		if err == nil {
			continue
		}
		e := r.wantErr(err, dugong.ErrEarlyResponse)
		if e.Written != n || e.Path != "/up" || e.Fault != dugong.FaultPeer || dugong.IsTemporary(e) {
			r.t.Errorf("%v: n %d, written %d, fault %s", e, n, e.Written, e.Fault)
		}
		return at
	}
	r.t.Fatal("no ErrEarlyResponse")
	return at
}

func byWrite(r *rig) func([]byte) (int64, error) {
	return func(p []byte) (int64, error) {
		n, err := r.Write(p)
		return int64(n), err
	}
}

func byReadFrom(r *rig) func([]byte) (int64, error) {
	return func(p []byte) (int64, error) { return r.ReadFrom(endless(int64(len(p)))) }
}

// Write and ReadFrom give ErrEarlyResponse once; ReadResponse then works;
// writing on is allowed, and a completed body leaves the connection usable.
func TestContractEarlyWriteOn(t *testing.T) {
	const length = 4 << 20
	answered := newStep()
	for _, how := range []func(*rig) func([]byte) (int64, error){byWrite, byReadFrom} {
		for _, readFirst := range []bool{true, false} {
			both(t, dugong.Config{}, func(r *rig) {
				r.send(put("/up", dugong.BodyFollowing(length)))
				r.await(answered)
				at := writeEarly(r, length, how(r))
				r.wantPending(1)
				if readFirst {
					r.wantBody(r.read("/up", 413), []byte("stop"))
					r.wantPending(0)
					r.refuses(get("/"), dugong.ErrState) // the body is still open
				}
				for at < length {
					n, err := how(r)(data(min(1<<20, length-at)))
					if at += int(n); err != nil {
						r.t.Fatal(err)
					}
				}
				if !readFirst {
					r.wantBody(r.read("/up", 413), []byte("stop"))
				}
				r.exchange("/", "/")
			}, earlyAnswer(early413, length, answered))
		}
	}
}

// A body that is too small for the looks in between: the call that would
// complete it looks.
func TestContractEarlySmall(t *testing.T) {
	const length = 1000
	for _, how := range []func(*rig) func([]byte) (int64, error){byWrite, byReadFrom} {
		for _, first := range []int{0, 1, length - 1} {
			answered := newStep()
			both(t, dugong.Config{}, func(r *rig) {
				r.send(put("/up", dugong.BodyFollowing(length)))
				r.write(data(first))
				r.await(answered)
				if at := writeEarly(r, length-first, how(r)); at != 0 {
					r.t.Errorf("%d octets were accepted first", at)
				}
				r.wantPending(1)
				if n, err := how(r)(data(length - first)); n != int64(length-first) || err != nil {
					r.t.Fatal(n, err)
				}
				r.wantBody(r.read("/up", 413), []byte("stop"))
				r.exchange("/", "/")
			}, earlyAnswer(early413, length, answered))
		}
	}
}

// EndBody gives ErrEarlyResponse as well, and ends the body when called again.
func TestContractEarlyEndBody(t *testing.T) {
	answered := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/up", dugong.BodyChunked()))
		r.write(data(10))
		r.await(answered)
		r.wantErr(r.EndBody(nil), dugong.ErrEarlyResponse)
		r.wantPending(1)
		if err := r.EndBody(nil); err != nil {
			r.t.Fatal(err)
		}
		r.wantBody(r.read("/up", 413), []byte("stop"))
		r.exchange("/", "/")
	}, func(p *wiretest.Peer) {
		q := p.ReadHead()
		p.Send(early413)
		answered.tell()
		p.ReadBody(q)
		serving(1)(p)
	})
}

// SendRequest with a body gives it too.
func TestContractEarlySendRequest(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		e := r.refuses(put("/up", dugong.BodyReader(endless(1<<30), 1<<30)), dugong.ErrEarlyResponse)
		if e.Written <= 0 || e.Written >= 1<<30 {
			r.t.Errorf("written %d", e.Written)
		}
		r.wantBody(r.read("/up", 413), []byte("stop"))
		r.wantPending(0)
		// Not reused as long as the body is not complete: the errors say so.
		errs := []error{r.refuses(get("/"), dugong.ErrState)}
		for _, err := range r.Pipeline(r.ctx, requests(get("/"))) {
			errs = append(errs, r.wantErr(err, dugong.ErrState))
		}
		for _, err := range errs {
			if !strings.Contains(err.Error(), "the body of the last request is not complete") || !strings.Contains(err.Error(), "Reset") {
				r.t.Errorf("%v", err)
			}
		}
		r.Reset()
		r.exchange("/", "/")
	}, earlyAnswer(early413, -1, nil), serving(1))
}

// When the early answer announces close, nothing more is sent once it was read.
func TestContractEarlyClose(t *testing.T) {
	const closes = "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 4\r\n\r\nstop"
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/up", dugong.BodyFollowing(1<<30)))
		writeEarly(r, 1<<30, byWrite(r))
		if resp := r.read("/up", 413); !resp.Close || resp.Doubtful {
			r.t.Errorf("close %v, doubtful %v", resp.Close, resp.Doubtful)
		} else {
			r.wantBody(resp, []byte("stop"))
		}
		_, err := r.Write([]byte("x"))
		r.wantErr(err, dugong.ErrConnectionClosed)
		r.refuses(get("/"), dugong.ErrConnectionClosed)
		if left := r.Unanswered(); len(left) != 0 {
			r.t.Errorf("unanswered: %v", left)
		}
	}, earlyAnswer(closes, -1, nil))
}

// An early answer to an earlier request is none: the upload goes on.
func TestContractEarlyOnlyForThisRequest(t *testing.T) {
	const length = 8 << 20
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.send(put("/up", dugong.BodyReader(endless(length), length)))
		r.wantBody(r.read("/a", 200), []byte("/a"))
		r.wantBody(r.read("/up", 200), []byte("/up"))
	}, func(p *wiretest.Peer) {
		p.Send(ok([]byte(p.ReadRequest().Target)))
		serving(1)(p)
	})
}

// An early answer that came together with the body of the one ahead, and so is in
// the window when the upload begins, is noticed as well.
func TestContractEarlyBehindBody(t *testing.T) {
	answered, over := newStep(), newStep()
	for _, ahead := range []string{ok(data(100)), ok(data(50000)), chunked(data(100)), chunked(data(50000), data(3))} {
		for _, length := range []int{1000, 8 << 20} {
			for _, how := range []func(*rig) func([]byte) (int64, error){byWrite, byReadFrom} {
				both(t, dugong.Config{}, func(r *rig) {
					r.get("/a")
					r.send(put("/up", dugong.BodyFollowing(int64(length))))
					r.flush()
					r.await(answered)
					if _, err := r.read("/a", 200).Body.ReadAll(); err != nil {
						r.t.Fatal(err)
					}
					if at := writeEarly(r, length, how(r)); at != 0 && length == 1000 {
						r.t.Errorf("%d octets, the whole body, were sent before the early answer was noticed", at)
					}
					r.wantBody(r.read("/up", 413), []byte("stop"))
					over.tell()
				}, func(p *wiretest.Peer) {
					p.ReadHead()
					p.ReadHead()
					p.Send(ahead + early413)
					answered.tell()
					p.StopReading(over)
					p.Drain()
				})
			}
		}
	}
}

// A parked reader gets the early answer, and the writer hears of it.
func TestContractEarlyForParkedReader(t *testing.T) {
	goroutines(t, dugong.Config{ReaderWaits: true}, func(r *rig) {
		r.send(put("/up", dugong.BodyFollowing(1<<20)))
		parked := r.reading()
		_, err := r.Write(data(1 << 20))
		if res := <-parked; res.err != nil || res.value.Status != 413 {
			t.Fatalf("the reader got %v, %v", res.value, res.err)
		}
		if !errors.Is(err, dugong.ErrEarlyResponse) {
			t.Errorf("the writer got %v", err)
		}
	}, earlyAnswer(early413, -1, nil))
}
