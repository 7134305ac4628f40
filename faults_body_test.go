package dugong_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A bodyRow is a response body that is not read to its end: so much of it is
// read, then something else is done.
type bodyRow struct {
	framing string // counted, chunked or until close
	size    int
	take    int    // octets that are read
	act     string // what is done then
	peer    string // how much of the answer comes
	limit   int64  // Config.DiscardLimit
	tls     bool
}

const (
	actNext    = "read the next response"
	actClose   = "Body.Close"
	actDiscard = "Body.Discard"
	actEnd     = "Conn.Close"
	actDrop    = "Conn.Reset"

	peerWhole  = "sends all"
	peerCut    = "cuts the body off"
	peerStalls = "stalls in the body"
)

func (w bodyRow) String() string {
	return fmt.Sprintf("%s body of %d, %d read, %s, peer %s, limit %d", w.framing, w.size, w.take, w.act, w.peer, w.limit)
}

// rowsOfBodies makes the table.
func rowsOfBodies() (rows []bodyRow) {
	for _, framing := range []string{"counted", "chunked", "until close"} {
		for _, size := range []int{10, 100_000} {
			for _, take := range []int{0, 1, size / 2, size} {
				for _, act := range []string{actNext, actClose, actDiscard, actEnd, actDrop} {
					for _, peer := range []string{peerWhole, peerCut, peerStalls} {
						if take == size && peer != peerWhole {
							continue // the body did not come so far
						}
						for _, limit := range []int64{-1, 50, 200_000} {
							rows = append(rows, bodyRow{framing, size, take, act, peer, limit, false})
						}
					}
				}
			}
		}
	}
	return rows
}

// A body that is not read, read in part, closed early or discarded, where all
// of it comes, where it is cut off and where it stalls.
func TestFaultsBodyLeft(t *testing.T) {
	rows := rowsOfBodies()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		inBubble(t, m, func(t *testing.T) {
			n := 0
			for i := 0; i < len(rows); i += stride(m, 0) {
				rows[i].tls = m.TLS
				rows[i].run(t, m)
				n++
			}
			tally(t, "bodies not read", n)
		})
	}, bubbleModes()...)
}

func (w bodyRow) head() string {
	switch w.framing {
	case "counted":
		return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", w.size)
	case "chunked":
		return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	}
	return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
}

// sent is how much of the body comes.
func (w bodyRow) sent() int {
	if w.peer == peerWhole {
		return w.size
	}
	return max(w.take, w.size*3/4)
}

// script sends the answer to the first of two requests as far as it goes, then
// the second answer.
func (w bodyRow) script(p *wiretest.Peer) {
	p.ReadRequest()
	p.ReadRequest()
	wire, end := string(data(w.sent())), ""
	if w.framing == "chunked" {
		if wire = fmt.Sprintf("%x\r\n", w.size) + wire; w.peer == peerWhole {
			end = "\r\n0\r\n\r\n"
		}
	}
	if w.peer == peerWhole && w.framing != "until close" {
		end += ok([]byte("second"))
	}
	if err := p.TrySend(w.head() + wire + end); err == nil {
		if w.peer == peerCut {
			p.CloseAbruptly()
			return
		}
		if w.peer == peerWhole && w.framing == "until close" {
			p.Close()
			return
		}
	}
	p.Drain()
}

func (w bodyRow) run(t *testing.T, m wiretest.Mode) {
	r := piped(t, m, dugong.Config{DiscardLimit: w.limit, Timeout: time.Minute}, 0, func(p *wiretest.Peer, _ *faulty) { w.script(p) })
	r.get("/1")
	r.get("/2")
	resp := r.read("/1", 200)
	got := make([]byte, w.take)
	for n := 0; n < w.take; {
		m, err := resp.Body.Read(got[n:])
		if n += m; err != nil {
			t.Fatalf("%v: after %d octets: %v", w, n, err)
		}
	}
	if string(got) != string(data(w.take)) {
		t.Fatalf("%v: wrong octets", w)
	}
	w.then(r, resp)
	r.Close()
	noneBorrowed(t, w.String())
}

// then does what the row says and holds it against what must come of it.
func (w bodyRow) then(r *rig, resp *dugong.Response) {
	switch w.act {
	case actNext:
		w.next(r)
	case actClose:
		w.over(r, resp, resp.Body.Close(), w.closeKind())
	case actDiscard:
		n, err := resp.Body.Discard()
		if err == nil && n != int64(w.sent()-w.take) {
			r.t.Fatalf("%v: discarded %d", w, n)
		}
		w.over(r, resp, err, w.discardKind())
	case actEnd:
		r.Close()
		w.ended(r, resp)
	case actDrop:
		r.Conn.Reset()
		w.ended(r, resp)
	}
}

// next: the response has to be got out of the way first, and nothing is lost by
// having tried.
func (w bodyRow) next(r *rig) {
	_, err := r.ReadResponse(r.ctx)
	switch {
	case w.take < w.size || w.framing == "until close" || w.framing == "chunked" && err != nil: // its end may still be to come
		r.wantErr(err, dugong.ErrState)
	case err != nil:
		r.t.Fatalf("%v: %v", w, err)
	}
}

// discardKind is the error of reading the rest of the body.
func (w bodyRow) discardKind() error {
	switch {
	case w.peer == peerStalls:
		return dugong.ErrConnectionTimedOut
	case w.peer == peerCut && (w.framing != "until close" || w.tls): // without close_notify
		return dugong.ErrConnectionClosed
	}
	return nil
}

// closeKind is that of Body.Close, which does not read beyond its limit.
func (w bodyRow) closeKind() error {
	left := int64(w.size - w.take)
	if w.framing == "counted" && left > max(0, w.limit) {
		return dugong.ErrConnectionClosed
	}
	return w.discardKind()
}

// over: after success the next answer is there, after an error the requests are
// unanswered.
func (w bodyRow) over(r *rig, resp *dugong.Response, err, kind error) {
	switch {
	case kind != nil && err == nil:
		r.t.Fatalf("%v: no error, want %v", w, kind)
	case err != nil:
		w.failed(r, resp, asError(r.t, w.String(), err), kind)
	case w.framing == "until close":
		if left := r.Unanswered(); len(left) != 1 || left[0].Verdict != dugong.NotProcessed {
			r.t.Fatalf("%v: unanswered %+v", w, left)
		}
	default:
		r.wantBody(r.read("/2", 200), []byte("second"))
	}
}

func (w bodyRow) failed(r *rig, resp *dugong.Response, e *dugong.Error, kind error) {
	over := strings.Contains(e.Detail, "discard limit")
	if e.Kind != kind && !(w.act == actClose && over && e.Kind == dugong.ErrConnectionClosed && int64(w.size-w.take) > max(0, w.limit)) {
		r.t.Fatalf("%v: %v, want %v", w, e, kind)
	}
	if _, again := resp.Body.Read(make([]byte, 1)); again == nil {
		r.t.Fatalf("%v: the body goes on after %v", w, e)
	}
	left := r.Unanswered()
	if len(left) != 2 || left[0].Status != 200 || left[0].Verdict != dugong.MaybeProcessed {
		r.t.Fatalf("%v: unanswered %+v", w, left)
	}
	if safe := left[1].Verdict == dugong.NotProcessed; safe != (w.framing == "until close") {
		r.t.Fatalf("%v: unanswered %+v", w, left)
	}
}

// ended: by our own hand, in the middle of a body.
func (w bodyRow) ended(r *rig, resp *dugong.Response) {
	n, err := resp.Body.Read(make([]byte, 1))
	if n == 0 && err == io.EOF && w.take == w.size && w.framing != "until close" {
		return // it was complete
	}
	e := asError(r.t, w.String(), err)
	if n != 0 || e.Kind != dugong.ErrConnectionClosed {
		r.t.Fatalf("%v: %v", w, e)
	}
}
