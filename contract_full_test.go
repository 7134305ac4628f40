package dugong_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// One goroutine that sends before it reads, against servers that take nothing
// more while their answers are not taken. It must end in ErrPipelineFull or in
// all responses, never in a hang.

// bigAnswers is a strictly serial server: while its answer of size octets is
// not taken it reads nothing.
func bigAnswers(size int) wiretest.Script {
	return func(p *wiretest.Peer) {
		body := data(size)
		for q, more := p.NextHead(); more; q, more = p.NextHead() {
			p.ReadBody(q)
			p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nX-Got: %d\r\nContent-Length: %d\r\n\r\n", len(q.Body), size) + string(body))
		}
	}
}

// large is a request of about 8 KiB: a few hundred of them fill a socket.
func large(path string) *dugong.Request {
	return &dugong.Request{Path: path, Header: dugong.Header{{Name: "Pad", Value: strings.Repeat("x", 8000)}}}
}

// readAll reads n responses with bodies of size octets.
func (r *rig) readAll(n, size int) {
	r.t.Helper()
	for range n {
		resp, err := r.ReadResponse(r.ctx)
		if err != nil {
			r.t.Fatal(err)
		}
		if n, err := resp.Body.Discard(); err != nil || n != int64(size) {
			r.t.Fatalf("a body of %d octets, %v", n, err)
		}
	}
}

// Before a request: nothing of it was queued, and once some responses are read
// the same request is taken.
func TestContractFullBeforeRequest(t *testing.T) {
	const size = 20_000
	small(t, dugong.Config{ReadAhead: 100_000}, func(r *rig) {
		sent, err := 0, error(nil)
		for err == nil {
			if err = r.SendRequest(r.ctx, large(fmt.Sprint("/", sent))); err == nil {
				sent++
			}
		}
		e := r.wantErr(err, dugong.ErrPipelineFull)
		if e.Path != fmt.Sprint("/", sent) || e.Phase != dugong.PhaseWrite || e.Fault != dugong.FaultCaller || dugong.IsTemporary(e) {
			r.t.Errorf("%v: path %s, phase %s, fault %s", e, e.Path, e.Phase, e.Fault)
		}
		r.wantPending(sent)
		r.wantErr(r.fillUp(&sent, func() error { return nil }), dugong.ErrPipelineFull)
		r.wantPending(sent)
		r.wantErr(r.fillUp(&sent, func() error { return r.Flush(r.ctx) }), dugong.ErrPipelineFull)
		r.readAll(sent/2, size)
		for err = dugong.ErrPipelineFull; errors.Is(err, dugong.ErrPipelineFull); err = r.SendRequest(r.ctx, get("/last")) {
			r.readAll(1, size)
			sent--
		}
		if err != nil {
			r.t.Fatal(err)
		}
		r.readAll(r.Pending()-1, size)
		r.readAllOf("/last", size)
		r.wantPending(0)
	}, bigAnswers(size))
}

// fillUp sends on, as long as the server's system takes a little more after all,
// and calls then.
func (r *rig) fillUp(sent *int, then func() error) error {
	for {
		if err := then(); err != nil {
			return err
		}
		if err := r.SendRequest(r.ctx, large("/again")); err != nil {
			return err
		}
		*sent++
	}
}

func (r *rig) readAllOf(path string, size int) {
	r.t.Helper()
	r.wantBody(r.read(path, 200), data(size))
}

// Inside a body Write returns n < len(p) with ErrPipelineFull; after some
// responses the rest is taken and arrives right.
func TestContractFullInWrite(t *testing.T) {
	const size, length, ahead = 20_000, 4 << 20, 100
	small(t, dugong.Config{ReadAhead: 100_000}, func(r *rig) {
		for range ahead {
			r.get("/")
		}
		r.send(put("/put", dugong.BodyFollowing(length)))
		body, full := data(length), 0
		for at := 0; at < length; {
			n, err := r.Write(body[at:])
			at += n
			if err == nil {
				break
			}
			e := r.wantErr(err, dugong.ErrPipelineFull)
			if full++; e.Written != int64(n) || at >= length || e.Path != "/put" {
				r.t.Fatalf("%v: n %d, written %d", e, n, e.Written)
			}
			r.refuses(get("/"), dugong.ErrState)
			r.readAll(1, size)
		}
		if full == 0 {
			r.t.Error("the pipeline was never full")
		}
		r.readAll(r.Pending()-1, size)
		if resp := r.read("/put", 200); resp.Header.Get("X-Got") != fmt.Sprint(length) {
			r.t.Errorf("the server got %s octets", resp.Header.Get("X-Got"))
		}
	}, bigAnswers(size))
}

// So does SendRequest: the request is then open, Error.Written says how many
// octets went, and Write takes the rest.
func TestContractFullInSendRequest(t *testing.T) {
	const size, length, ahead = 20_000, 4 << 20, 100
	body := data(length)
	for _, kind := range []string{"bytes", "reader"} {
		small(t, dugong.Config{ReadAhead: 100_000}, func(r *rig) {
			for range ahead {
				r.get("/")
			}
			rest := bytes.NewReader(body)
			q := put("/put", dugong.BodyBytes(body))
			if kind == "reader" {
				q.Body = dugong.BodyReader(rest, length)
			}
			at := r.refuses(q, dugong.ErrPipelineFull).Written
			if at <= 0 || at >= length || kind == "reader" && rest.Len() != int(length-at) {
				r.t.Fatalf("written %d, %d left in the source", at, rest.Len())
			}
			r.wantPending(ahead)
			for at < length {
				r.readAll(1, size)
				n, err := r.Write(body[at:])
				if at += int64(n); err != nil {
					r.wantErr(err, dugong.ErrPipelineFull)
				}
			}
			r.readAll(r.Pending()-1, size)
			if resp := r.read("/put", 200); resp.Header.Get("X-Got") != fmt.Sprint(length) {
				r.t.Errorf("the server got %s octets", resp.Header.Get("X-Got"))
			}
		}, bigAnswers(size))
	}
}

// A server that takes nothing more and answers nothing is no full pipeline: the
// inactivity timeout ends the call, before a request without hurting anything.
func TestContractFullOfSilence(t *testing.T) {
	timedOut := newStep()
	sent := 0
	small(t, dugong.Config{}, func(r *rig) {
		r.connectThenBrief()
		var err error
		for sent = 0; err == nil; sent++ {
			err = r.SendRequest(r.ctx, large("/"))
		}
		sent--
		r.wantTimeout(err, dugong.PhaseWrite)
		r.wantPending(sent)
		r.SetTimeout(wiretest.DefaultGuard)
		timedOut.tell()
		r.readAll(sent, 1) // all, and in them what had not left yet
		r.exchange("/", "/")
	}, func(p *wiretest.Peer) {
		p.StopReading(timedOut)
		serving(sent + 1)(p)
	})
}

// With ReadAhead negative a sender buffers no more than what came at once, yet
// an upload to a slow server goes on.
func TestContractFullWithoutReadAhead(t *testing.T) {
	small(t, dugong.Config{ReadAhead: -1}, func(r *rig) {
		r.send(put("/put", dugong.BodyReader(endless(16<<20), 16<<20)))
		r.wantBody(r.read("/put", 200), data(10))
	}, bigAnswers(10))
	small(t, dugong.Config{ReadAhead: -1}, func(r *rig) {
		var err error
		for err == nil {
			err = r.SendRequest(r.ctx, large("/"))
		}
		r.wantErr(err, dugong.ErrPipelineFull)
		r.readAll(r.Pending(), 20_000)
	}, bigAnswers(20_000))
}
