package dugong_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A requestRow is one row: the accident comes when the peer has read k octets
// of a batch of requests and has answered none.
type requestRow struct {
	k      int
	a      accident
	step   int // octets that a write passes on at once; 0: all
	t      *testing.T
	m      wiretest.Mode
	wire   string // the batch as it is without accidents
	starts []int  // of its requests
}

func (w requestRow) String() string {
	return fmt.Sprintf("%s after %d octets of the requests, %d at a time (%.30q)", w.a, w.k, w.step, w.wire[w.k:])
}

// sendBatch sends what can be sent: a GET, a counted body, a body in chunks with
// a trailer, a HEAD. It gives the number of accepted requests and the first
// error; after an error it goes on trying, which must not do anything.
func sendBatch(r *rig) (accepted int, first error) {
	note := func(err error) bool {
		if first == nil {
			first = err
		}
		return err == nil
	}
	for i, q := range []*dugong.Request{get("/0"), put("/1", dugong.BodyBytes([]byte("counted"))), put("/2", dugong.BodyChunked()), {Method: "HEAD", Path: "/3"}} {
		q.Tag = i
		if !note(r.SendRequest(r.ctx, q)) {
			continue
		}
		accepted++
		if i == 2 {
			_, err := r.Write([]byte("in chunks"))
			note(err)
			note(r.EndBody(dugong.Header{{Name: "Sum", Value: "1"}}))
		}
	}
	return accepted, first
}

// batchWire is what sendBatch puts on the wire, and where each request begins.
func batchWire(t *testing.T) (wire string, starts []int) {
	inBubble(t, wiretest.Plain, func(t *testing.T) {
		r := piped(t, wiretest.Plain, dugong.Config{}, 0, func(p *wiretest.Peer, _ *faulty) {
			for range 4 {
				starts = append(starts, len(wire))
				wire += p.ReadRequest().Raw
			}
			for range 4 {
				p.Send("HTTP/1.1 204 N\r\n\r\n")
			}
			p.ExpectClosed()
		})
		defer r.Close()
		if n, err := sendBatch(r); n != 4 || err != nil {
			t.Fatalf("%d requests, %v", n, err)
		}
		for i := range 4 {
			r.read(fmt.Sprint("/", i), 204)
		}
	})
	return wire, starts
}

// Every accident at every octet of a batch of requests, with whole and with
// small writes.
func TestFaultsInRequest(t *testing.T) {
	wire, starts := batchWire(t)
	for _, a := range accidents {
		for _, step := range []int{0, 1} {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				if a == byCut && !m.TLS {
					return
				}
				t.Run(fmt.Sprintf("%s, %d at a time", a, step), func(t *testing.T) {
					inBubble(t, m, func(t *testing.T) {
						rows := 0
						for k := 0; k <= len(wire); k += stride(m, step) {
							requestRow{k, a, step, t, m, wire, starts}.run()
							rows++
						}
						tally(t, "accidents in requests", rows)
					})
				})
			}, bubbleModes()...)
		}
	}
}

func (w requestRow) run() {
	goOn := newStep()
	r := piped(w.t, w.m, dugong.Config{Timeout: time.Minute}, w.step, func(p *wiretest.Peer, f *faulty) { w.peer(p, f, goOn) })
	ctx, stop := responseRow{a: w.a}.happen(r)
	accepted, err := sendBatch(r)
	var resp *dugong.Response
	if w.a.fatal() || accepted < 4 {
		_, rerr := r.ReadResponse(ctx)
		w.lost(r, accepted, err, rerr)
	} else if resp, err = r.ReadResponse(ctx); err == nil {
		w.t.Fatalf("%v: an answer: %d", w, resp.Status)
	} else {
		w.givenUp(r, err, goOn)
	}
	stop()
	r.Close()
	noneBorrowed(w.t, w.String())
}

// peer reads exactly k octets, which must be the true ones.
func (w requestRow) peer(p *wiretest.Peer, f *faulty, goOn step) {
	got := make([]byte, w.k)
	if n, err := io.ReadFull(p.Conn(), got); err != nil || string(got) != w.wire[:w.k] {
		p.Fatalf("%v: got %q, %v", w, got[:n], err)
	}
	switch w.a {
	case byEOF:
		p.Close()
	case byCut:
		p.CloseAbruptly()
	case byReset:
		f.reset.Store(true)
		p.CloseAbruptly()
	case byClose, byDrop: // the client ends; what was under way may still come
		time.Sleep(2 * time.Second) // in the bubble: behind the end
		p.CloseAbruptly()
	default:
		p.Wait(goOn)
		if rest := p.Read(len(w.wire) - w.k); rest != w.wire[w.k:] {
			p.Fatalf("%v: then got %q", w, rest)
		}
		for range w.starts {
			p.Send("HTTP/1.1 204 N\r\n\r\n")
		}
		p.ExpectClosed()
	}
}

// lost checks the account: n requests were accepted, none was answered.
func (w requestRow) lost(r *rig, n int, sendErr, readErr error) {
	if n == 0 && w.k == 0 && len(r.Unanswered()) == 0 { // the end came before the first request was looked at
		if e := asError(w.t, w.String(), sendErr); e.Kind != dugong.ErrConnectionClosed || readErr == nil {
			w.t.Fatalf("%v: %v, reading: %v", w, e, readErr)
		}
		return
	}
	for _, err := range []error{sendErr, readErr} {
		if err == nil {
			continue
		}
		e := asError(w.t, w.String(), err)
		if e.Kind != dugong.ErrConnectionClosed || e.Phase != dugong.PhaseHead && err == readErr && !strings.Contains(e.Detail, "lost before") && !errors.Is(e, net.ErrClosed) {
			w.t.Fatalf("%v: %v (phase %s)", w, e, e.Phase)
		}
	}
	if readErr == nil {
		w.t.Fatalf("%v: an answer came", w)
	}
	left := r.Unanswered()
	// A send that failed while it flushed had accepted its request before.
	var e *dugong.Error
	if more := len(left) - n; more != 0 && (more != 1 || !errors.As(sendErr, &e) || e.Path != left[n].Path) {
		w.t.Fatalf("%v: %d accepted, unanswered %v, sending: %v", w, n, left, sendErr)
	}
	for i, x := range left {
		read := int64(w.k - w.starts[i])
		if x.Tag != i || x.Written < min(read, w.length(i)) || x.Written > w.length(i) {
			w.t.Fatalf("%v: unanswered %+v: %d octets of %d were read", w, x, read, w.length(i))
		}
		if x.Verdict == dugong.NotProcessed && (read > 0 || x.Written > 0) || x.Verdict != dugong.NotProcessed && x.Written == 0 {
			w.t.Fatalf("%v: unanswered %+v, and %d octets of it were read", w, x, read)
		}
	}
	(responseRow{t: w.t, m: w.m, a: w.a, s: shape{"", []reply{{}}}}).dead(r)
}

func (w requestRow) length(i int) int64 {
	if i+1 < len(w.starts) {
		return int64(w.starts[i+1] - w.starts[i])
	}
	return int64(len(w.wire) - w.starts[i])
}

// givenUp: the wait ended and hurt nothing; when the peer goes on, all is well.
func (w requestRow) givenUp(r *rig, err error, goOn step) {
	e := asError(w.t, w.String(), err)
	kind, cause, fault := w.a.cause()
	if e.Kind != kind || cause != nil && !errors.Is(e, cause) || e.Fault != fault || e.Phase != dugong.PhaseHead {
		w.t.Fatalf("%v: %v (phase %s, fault %s)", w, e, e.Phase, e.Fault)
	}
	if left := r.Unanswered(); len(left) != 4 || r.Pending() != 4 {
		w.t.Fatalf("%v: unanswered %v", w, left)
	}
	goOn.tell()
	for i := range w.starts {
		if resp, err := r.ReadResponse(r.ctx); err != nil || resp.Tag != i {
			w.t.Fatalf("%v: answer %d: %v", w, i, err)
		}
	}
}
