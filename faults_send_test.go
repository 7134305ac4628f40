package dugong_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A stuckRow is a send that is stuck in a large body when the accident comes:
// the peer has read k octets of the request and reads no more.
type stuckRow struct {
	kind string
	k    int
	a    accident
	t    *testing.T
	m    wiretest.Mode
}

func (w stuckRow) String() string {
	return fmt.Sprintf("body by %s, %s, the peer has read %d octets", w.kind, w.a, w.k)
}

// stuckAt are the places: each octet of the head and of the beginning of the
// body, and around what is handed over at once.
func stuckAt(m wiretest.Mode) (list []int) {
	for k := 0; k < 200; k += stride(m, 1) {
		list = append(list, k)
	}
	return append(list, 16<<10, 64<<10-1, 64<<10, 64<<10+1, 100_000)
}

// Every accident while a send waits for the peer to take more of a body: the
// call says how far it came, the body is lost, what was handed over is a true
// prefix of the request with nothing behind it, and the answer can still be read
// where there is one.
func TestFaultsStuckSend(t *testing.T) {
	for _, kind := range []string{"bytes", "reader", "following", "chunked"} {
		for _, a := range accidents {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				if a == byCut && !m.TLS {
					return
				}
				t.Run(kind+"/"+string(a), func(t *testing.T) {
					inBubble(t, m, func(t *testing.T) {
						list := stuckAt(m)
						for _, k := range list {
							stuckRow{kind, k, a, t, m}.run()
						}
						tally(t, "sends stuck in a body", len(list))
					})
				})
			}, bubbleModes()...)
		}
	}
}

func (w stuckRow) run() {
	goOn := newStep()
	r := piped(w.t, w.m, dugong.Config{Timeout: time.Minute}, 0, func(p *wiretest.Peer, f *faulty) { w.peer(p, f, goOn) })
	ctx, stop := responseRow{a: w.a}.happen(r)
	r.ctx = ctx
	at, err := earlyRow{kind: w.kind}.begin(r, data(earlyLength))
	stop()
	w.check(r, at, err)
	if !w.a.fatal() {
		goOn.tell()
		w.answered(r)
	}
	r.Close()
	noneBorrowed(w.t, w.String())
}

// peer reads k octets, and after an accident that leaves the connection whole
// all that there is, which must be a prefix of the true request.
func (w stuckRow) peer(p *wiretest.Peer, f *faulty, goOn step) {
	got := make([]byte, w.k)
	if _, err := io.ReadFull(p.Conn(), got); err != nil {
		p.Fatalf("%v: %v", w, err)
	}
	switch w.a {
	case byEOF:
		p.Close()
		return
	case byCut:
		p.CloseAbruptly()
		return
	case byReset:
		f.reset.Store(true)
		p.CloseAbruptly()
		return
	case byClose, byDrop:
		time.Sleep(2 * time.Second) // in the bubble: behind the end
		return
	}
	p.Wait(goOn)
	p.Conn().SetReadDeadline(time.Now().Add(time.Second)) // in the bubble: all that comes
	rest, _ := io.ReadAll(p.Conn())
	w.prefix(p, append(got, rest...))
	p.Send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlate")
	p.Drain()
}

// prefix checks that what came is the head and a true prefix of the body.
func (w stuckRow) prefix(p *wiretest.Peer, got []byte) {
	head, body, ok := bytes.Cut(got, []byte("\r\n\r\n"))
	if !ok || !bytes.HasPrefix(head, []byte("PUT /put HTTP/1.1\r\n")) {
		p.Fatalf("%v: %d octets: %.100q", w, len(got), got)
	}
	want := data(earlyLength)
	if w.kind == "chunked" {
		whole := new(strings.Builder)
		for rest := want; len(rest) > 0; {
			n := min(len(rest), 32<<10)
			fmt.Fprintf(whole, "%x\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		want = []byte(whole.String())
	}
	if len(body) >= len(want) || !bytes.HasPrefix(want, body) {
		p.Fatalf("%v: %d octets of body that are no true prefix", w, len(body))
	}
}

// check holds the error of the stuck call against the table.
func (w stuckRow) check(r *rig, at int, err error) {
	kind, cause, fault := w.a.cause()
	e := asError(w.t, w.String(), err)
	least := 1
	if w.kind == "following" { // the head has left, and of the body nothing has to be taken
		least = 0
	}
	if w.a == byEOF || w.a == byCut || w.a == byReset { // may be noticed before anything of the body was taken
		cause, least = nil, 0 // reading and writing both end, whichever is noticed first
	}
	if e.Kind != kind || cause != nil && !errors.Is(e, cause) || e.Fault != fault || e.Phase != dugong.PhaseWrite || e.Path != "/put" {
		w.t.Fatalf("%v: %v (phase %s, fault %s)", w, e, e.Phase, e.Fault)
	}
	if e.Written != int64(at) || at < least || at >= earlyLength {
		w.t.Fatalf("%v: %d octets accepted, %d written", w, at, e.Written)
	}
	left := r.Unanswered()
	if cause == nil && at == 0 && w.k == 0 && len(left) == 0 {
		return // the end came before the request was looked at
	}
	if len(left) != 1 || left[0].Path != "/put" || left[0].Verdict != dugong.MaybeProcessed || left[0].Written < int64(w.k) {
		w.t.Fatalf("%v: unanswered %+v", w, left)
	}
	r.ctx = bubbleContext(r.t)
	if w.a == byDrop {
		return
	}
	if _, err := r.Write([]byte("x")); err == nil {
		w.t.Fatalf("%v: the body goes on", w)
	}
	if err := r.SendRequest(r.ctx, get("/more")); !errors.Is(err, dugong.ErrConnectionClosed) {
		w.t.Fatalf("%v: another request: %v", w, err)
	}
}

// answered: the peer's answer comes through.
func (w stuckRow) answered(r *rig) {
	resp, err := r.ReadResponse(r.ctx)
	if err != nil || resp.Status != 408 {
		w.t.Fatalf("%v: the answer: %v", w, err)
	}
	if body, err := resp.Body.ReadAll(); err != nil || string(body) != "late" {
		w.t.Fatalf("%v: its body: %q, %v", w, body, err)
	}
	if left := r.Unanswered(); len(left) > 0 {
		w.t.Fatalf("%v: unanswered %+v", w, left)
	}
}
