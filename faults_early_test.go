package dugong_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An earlyRow is an answer that comes before the request body is complete.
type earlyRow struct {
	kind  string // how the client gives the body
	after int    // octets of the body that the peer reads before it answers; all of it: not early
	then  string // what the peer does next
}

const (
	readsOn   = "reads the rest"
	stops     = "reads no more"
	halfClose = "closes its sending side, reads no more"
	resets    = "resets"
)

const earlyLength = 300_000

// An answer before the body, in the middle of it, at its end and instead of
// reading it: it is handed out, nothing hangs, and the request is accounted for.
func TestFaultsEarlyAnswer(t *testing.T) {
	for _, kind := range []string{"bytes", "reader", "following", "chunked"} {
		for _, after := range []int{0, 1, 5000, earlyLength - 1, earlyLength} {
			for _, then := range []string{readsOn, stops, halfClose, resets} {
				if kind == "chunked" && after > 0 {
					continue
				}
				w := earlyRow{kind, after, then}
				t.Run(fmt.Sprintf("%s/after %d/%s", kind, after, then), func(t *testing.T) {
					over, said := newStep(), newStep()
					small(t, dugong.Config{}, func(r *rig) {
						w.client(r, said)
						over.tell()
					}, func(p *wiretest.Peer) { w.peer(p, over, said) })
					tally(t, "early answers", 2)
				})
			}
		}
	}
}

func (w earlyRow) peer(p *wiretest.Peer, over, said step) {
	q := p.ReadHead()
	if w.kind != "chunked" && w.after > 0 {
		p.Read(w.after)
	}
	p.Send(answer("413 Too Large", []byte("no, thanks")))
	switch w.then {
	case readsOn:
		if w.kind == "chunked" {
			p.ReadBody(q)
		} else {
			p.Read(earlyLength - w.after)
		}
		serving(1)(p)
		return
	case halfClose:
		ended(p, false)
		said.tell()
	case resets:
		p.Reset()
		return
	}
	p.StopReading(over)
}

// ended says the end on the sending side. The client may be gone already: if it
// heard close_notify, or has all it wants.
func ended(p *wiretest.Peer, gone bool) {
	if c, ok := p.Conn().(*tls.Conn); ok {
		c.CloseWrite()
	} else if !gone {
		p.CloseWrite()
	}
}

// client sends, reads the answer, and where the peer reads on completes the body.
func (w earlyRow) client(r *rig, said step) {
	body := data(earlyLength)
	at, err := w.begin(r, body)
	if err != nil {
		e := asError(r.t, w.then, err)
		if e.Kind != dugong.ErrEarlyResponse && (w.then != resets || e.Kind != dugong.ErrConnectionClosed) || e.Written != int64(at) || e.Path != "/put" {
			r.t.Fatalf("%v: written %d of %d", e, e.Written, at)
		}
	} else if at != earlyLength {
		r.t.Fatalf("%d octets sent without an error", at)
	}
	resp, rerr := r.ReadResponse(r.ctx)
	if rerr != nil {
		w.lost(r, rerr)
		return
	}
	if resp.Status != 413 || resp.Path != "/put" {
		r.t.Fatalf("got %d to %s", resp.Status, resp.Path)
	}
	if got, err := resp.Body.ReadAll(); err != nil && w.then == resets {
		w.lost(r, err)
		return
	} else if err != nil || string(got) != "no, thanks" {
		r.t.Fatalf("body %q, %v", got, err)
	}
	if left := r.Unanswered(); len(left) > 0 || r.Pending() > 0 {
		r.t.Fatalf("answered, yet %+v", left)
	}
	switch w.then {
	case halfClose:
		r.await(said)
	case readsOn:
		w.complete(r, body[at:])
	}
	r.Close()
	noneBorrowed(r.t, w.kind)
}

// begin sends as much as goes; at is what was accepted of the body.
func (w earlyRow) begin(r *rig, body []byte) (at int, err error) {
	q := put("/put", dugong.BodyBytes(body))
	switch w.kind {
	case "reader":
		q.Body = dugong.BodyReader(bytes.NewReader(body), earlyLength)
	case "following":
		q.Body = dugong.BodyFollowing(earlyLength)
	case "chunked":
		q.Body = dugong.BodyChunked()
	}
	if err := r.SendRequest(r.ctx, q); w.kind == "bytes" || w.kind == "reader" {
		var e *dugong.Error
		if errors.As(err, &e) {
			return int(e.Written), err
		}
		return len(body), err
	} else if err != nil {
		return 0, err
	}
	at, err = r.Write(body)
	if err == nil && w.kind == "chunked" {
		err = r.EndBody(nil)
		var e *dugong.Error
		if errors.As(err, &e) {
			e.Written = int64(at) // of EndBody: none
		}
	}
	return at, err
}

// complete writes the rest: the connection is as good as before.
func (w earlyRow) complete(r *rig, rest []byte) {
	for len(rest) > 0 {
		n, err := r.Write(rest)
		rest = rest[n:]
		if err != nil && !errors.Is(err, dugong.ErrEarlyResponse) {
			r.t.Fatal(err)
		}
	}
	if w.kind == "chunked" {
		if err := r.EndBody(nil); err != nil && !errors.Is(err, dugong.ErrState) {
			r.t.Fatal(err)
		}
	}
	r.exchange("/again", "/again")
}

// lost: a reset may destroy the answer; then the request may have been processed.
func (w earlyRow) lost(r *rig, err error) {
	e := asError(r.t, w.then, err)
	left := r.Unanswered()
	if w.then != resets || e.Kind != dugong.ErrConnectionClosed || len(left) != 1 || left[0].Verdict != dugong.MaybeProcessed {
		r.t.Fatalf("%v, unanswered %+v", e, left)
	}
	r.Close()
	noneBorrowed(r.t, w.kind)
}

// A server answers k of n pipelined requests and goes away, with or without
// saying so: the others are unanswered, safe to repeat only where it said so.
func TestFaultsKOfN(t *testing.T) {
	const n = 10
	for k := range n + 1 {
		for _, announce := range []bool{false, true} {
			for _, how := range []string{"lingers", "closes", "resets"} {
				both(t, dugong.Config{}, func(r *rig) {
					for i := range n {
						r.send(&dugong.Request{Path: "/" + fmt.Sprint(i), Tag: i})
					}
					r.flush()
					kOfN(r, k, n, announce && k > 0, how == "lingers")
				}, func(p *wiretest.Peer) {
					for range n {
						p.ReadRequest()
					}
					for i := range k {
						if announce && i == k-1 {
							p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n", fmt.Sprint(i))
							break
						}
						p.Send(ok([]byte(fmt.Sprint(i))))
					}
					switch how {
					case "lingers":
						ended(p, announce && k > 0)
						p.Drain()
					case "closes":
						p.Close()
					case "resets":
						p.Reset()
					}
				})
			}
		}
	}
	tally(t, "k of n answers", (n+1)*2*3*2)
}

func kOfN(r *rig, k, n int, announced, all bool) {
	answered := 0
	var err error
	for answered < n {
		var resp *dugong.Response
		if resp, err = r.ReadResponse(r.ctx); err != nil {
			break
		}
		var body []byte
		if body, err = resp.Body.ReadAll(); err != nil {
			break
		}
		if resp.Tag != answered || string(body) != fmt.Sprint(answered) {
			r.t.Fatalf("answer %v with %q in place %d", resp.Tag, body, answered)
		}
		answered++
	}
	left := r.Unanswered()
	if answered > k || all && answered != k || len(left) != n-answered {
		r.t.Fatalf("%d of %d answered, %d unanswered: %v", answered, k, len(left), err)
	}
	for i, x := range left {
		want := dugong.MaybeProcessed
		if announced && answered == k {
			want = dugong.NotProcessed
		}
		if x.Tag != answered+i || x.Verdict != want {
			r.t.Fatalf("unanswered %+v, want number %d %v", x, answered+i, want)
		}
	}
	if answered < n {
		r.wantErr(err, dugong.ErrConnectionClosed)
	}
	r.Close()
	noneBorrowed(r.t, "k of n")
}
