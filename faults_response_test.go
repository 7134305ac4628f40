package dugong_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Every accident at every octet of every shape of answers, plain and under TLS.
func TestFaultsInResponse(t *testing.T) {
	for _, s := range shapes {
		for _, a := range accidents {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				if a == byCut && !m.TLS {
					return // it is byEOF
				}
				t.Run(s.name+"/"+string(a), func(t *testing.T) {
					inBubble(t, m, func(t *testing.T) {
						rows := 0
						for k := 0; k <= len(s.wire()); k += stride(m, 0) {
							responseRow{s, k, a, t, m}.run()
							rows++
						}
						tally(t, "accidents in responses", rows)
					})
				})
			}, bubbleModes()...)
		}
	}
}

// A responseRow is one row: the accident comes when k octets were sent.
type responseRow struct {
	s shape
	k int
	a accident
	t *testing.T
	m wiretest.Mode
}

func (w responseRow) String() string {
	return fmt.Sprintf("%s, %s after octet %d (%.30q)", w.s.name, w.a, w.k, w.s.wire()[w.k:])
}

func (w responseRow) run() {
	goOn := newStep()
	r := piped(w.t, w.m, dugong.Config{Timeout: time.Minute}, 0, func(p *wiretest.Peer, f *faulty) { w.peer(p, f, goOn) })
	for _, q := range w.s.requests() {
		if err := r.SendRequest(r.ctx, q); err != nil {
			w.t.Fatalf("%v: sending: %v", w, err)
		}
	}
	w.read(r, goOn)
	r.Close()
	noneBorrowed(w.t, w.String())
}

// peer takes all requests, sends k octets and lets the accident happen.
func (w responseRow) peer(p *wiretest.Peer, f *faulty, goOn step) {
	for range w.s.answers {
		p.ReadRequest()
	}
	wire := w.s.wire()
	if w.k > 0 {
		p.Send(wire[:w.k])
	}
	switch w.a {
	case byEOF:
		p.Close()
	case byCut:
		p.CloseAbruptly()
	case byReset:
		f.reset.Store(true)
		p.CloseAbruptly()
	case byClose, byDrop:
		w.silent(p)
	default:
		w.resume(p, goOn)
	}
}

// silent checks that nothing more comes.
func (w responseRow) silent(p *wiretest.Peer) {
	if n := p.Drain(); n > 0 {
		p.Fatalf("%d octets after all requests", n)
	}
}

// resume sends the rest when told.
func (w responseRow) resume(p *wiretest.Peer, goOn step) {
	if at := w.s.at(w.k); at.i < len(w.s.answers) && !w.finished() {
		p.Wait(goOn)
	}
	if rest := w.s.wire()[w.k:]; rest != "" {
		p.Send(rest)
	}
	if last := w.s.answers[len(w.s.answers)-1]; last.until {
		p.Close()
		return
	}
	w.silent(p)
}

// finished: all has come that ever will, so that no accident can be noticed.
func (w responseRow) finished() bool {
	at := w.s.at(w.k)
	return at.i == len(w.s.answers) || at.i > 0 && w.s.answers[at.i-1].close ||
		w.a == byEOF && w.k == len(w.s.wire()) && w.s.answers[at.i].until
}

// read reads everything and compares it with what must come.
func (w responseRow) read(r *rig, goOn step) {
	at := w.s.at(w.k)
	resumed := false
	for i, want := range w.s.answers {
		if i > 0 && w.s.answers[i-1].close {
			w.refused(r, i)
			return
		}
		resp, err := w.head(r, i, at, goOn, &resumed)
		if err != nil {
			w.afterwards(r, err, at)
			return
		}
		if resp.Status != want.status || resp.Tag != i || resp.Close != want.close {
			w.t.Fatalf("%v: answer %d is %d, tag %v, close %v", w, i, resp.Status, resp.Tag, resp.Close)
		}
		if err := w.body(r, resp, i, at, goOn, &resumed); err != nil {
			w.afterwards(r, err, at)
			return
		}
		if got := resp.Body.Trailer().Get("Sum"); got != want.trailer {
			w.t.Fatalf("%v: trailer %q, want %q", w, got, want.trailer)
		}
	}
	if left := r.Unanswered(); len(left) > 0 || r.Pending() > 0 {
		w.t.Fatalf("%v: all was answered, yet %v are not", w, left)
	}
}

// head reads the head of answer i; where the accident comes first, its error is
// checked, and returned if there is no going on.
func (w responseRow) head(r *rig, i int, at place, goOn step, resumed *bool) (*dugong.Response, error) {
	if i < at.i || i == at.i && at.inBody || *resumed {
		resp, err := r.ReadResponse(r.ctx)
		if err != nil {
			w.t.Fatalf("%v: answer %d: %v", w, i, err)
		}
		return resp, nil
	}
	ctx, stop := w.happen(r)
	resp, err := r.ReadResponse(ctx)
	stop()
	if err == nil {
		w.t.Fatalf("%v: answer %d came: %d", w, i, resp.Status)
	}
	w.check(r, err, i, dugong.PhaseHead)
	if w.a.fatal() {
		return nil, err
	}
	*resumed = true
	goOn.tell()
	return w.head(r, i, at, goOn, resumed)
}

// body reads the body of answer i likewise. What has come must be given out
// before the error, and no more.
func (w responseRow) body(r *rig, resp *dugong.Response, i int, at place, goOn step, resumed *bool) error {
	all := w.s.answers[i].data(1 << 20)
	if i < at.i || *resumed || w.finished() {
		if got, err := bodyBy(resp.Body, 1+w.k%5); err != nil || got != all {
			w.t.Fatalf("%v: body %d: %q, %v", w, i, got, err)
		}
		return nil
	}
	ctx, stop := w.happen(r)
	resp.Body.SetContext(ctx)
	got, err := bodyBy(resp.Body, 1+w.k%5)
	stop()
	if w.a == byEOF && w.s.answers[i].until { // cut short, and nobody can know
		if err != nil || got != at.body {
			w.t.Fatalf("%v: body %d: %q, %v", w, i, got, err)
		}
		return nil
	}
	if err == nil || got != at.body {
		w.t.Fatalf("%v: body %d: %q, %v, want %q and an error", w, i, got, err, at.body)
	}
	w.check(r, err, i, dugong.PhaseBody)
	if w.a.fatal() {
		return err
	}
	*resumed = true
	goOn.tell()
	resp.Body.SetContext(r.ctx)
	if rest, err := bodyBy(resp.Body, 1+w.k%5); err != nil || got+rest != all {
		w.t.Fatalf("%v: body %d after the error: %q and %q, %v", w, i, got, rest, err)
	}
	return nil
}

// bodyBy reads a body to its end in pieces of n octets.
func bodyBy(b *dugong.Body, n int) (string, error) {
	var s strings.Builder
	p := make([]byte, n)
	for {
		m, err := b.Read(p)
		s.Write(p[:m])
		switch {
		case err == io.EOF:
			return s.String(), nil
		case err != nil:
			return s.String(), err
		case m == 0:
			return s.String(), errors.New("Read gave nothing and no error")
		}
	}
}

// happen prepares the accidents of the client's own side: they come when
// everybody waits.
func (w responseRow) happen(r *rig) (context.Context, func()) {
	ctx, end := r.ctx, func() {}
	switch w.a {
	case byCancel:
		c, cancel := context.WithCancel(ctx)
		timer := time.AfterFunc(time.Second, cancel)
		return c, func() { timer.Stop(); cancel() }
	case byDeadline:
		return context.WithTimeout(ctx, time.Second)
	case byClose:
		timer := time.AfterFunc(time.Second, func() { r.Close() })
		end = func() { timer.Stop() }
	case byDrop:
		timer := time.AfterFunc(time.Second, func() { r.Conn.Reset() })
		end = func() { timer.Stop() }
	}
	return ctx, end
}

// check holds the error against the table.
func (w responseRow) check(r *rig, err error, i int, phase dugong.Phase) {
	e := asError(w.t, w.String(), err)
	kind, cause, fault := w.a.cause()
	q := w.s.requests()[i]
	switch {
	case e.Kind != kind, cause != nil && !errors.Is(e, cause):
		w.t.Fatalf("%v: %v, want %v with the cause %v", w, e, kind, cause)
	case e.Phase != phase, e.Fault != fault, e.Method != q.Method, e.Path != q.Path:
		w.t.Fatalf("%v: %v: phase %s, fault %s, %s %s", w, e, e.Phase, e.Fault, e.Method, e.Path)
	case w.a == byTimeout && !e.Timeout(), !strings.Contains(e.Error(), kind.Error()):
		w.t.Fatalf("%v: %v", w, e)
	}
	if !w.a.fatal() {
		w.unhurt(r, i)
	}
}

// unhurt: a wait that was given up changes nothing.
func (w responseRow) unhurt(r *rig, i int) {
	left := r.Unanswered()
	if n := len(w.s.answers) - i; r.Pending() != n || len(left) != n || left[0].Tag != i {
		w.t.Fatalf("%v: %d pending, unanswered %v", w, r.Pending(), left)
	}
}

// afterwards: who was not answered is listed with a true verdict, and nothing
// goes any more.
func (w responseRow) afterwards(r *rig, err error, at place) {
	left := r.Unanswered()
	if len(left) != len(w.s.answers)-at.i || r.Pending() != 0 {
		w.t.Fatalf("%v: unanswered %v, want those from %d on; %d pending", w, left, at.i, r.Pending())
	}
	not := 0
	for j, x := range left {
		i := at.i + j
		want := dugong.Exchange{Tag: i, Method: w.s.requests()[i].Method, Path: w.s.requests()[i].Path, Written: x.Written}
		if j == 0 && at.inBody {
			want.Status = w.s.answers[i].status
		}
		if j > 0 && at.inBody && w.s.answers[at.i].close {
			want.Verdict = dugong.NotProcessed
			not++
		}
		if x != want || x.Written <= 0 {
			w.t.Fatalf("%v: unanswered %+v, want %+v", w, x, want)
		}
	}
	if e := asError(w.t, w.String(), err); e.NotProcessed != not || e.MaybeProcessed != len(left)-not {
		w.t.Fatalf("%v: %v counts %d not processed, %d maybe, want %d of %d", w, e, e.NotProcessed, e.MaybeProcessed, not, len(left))
	}
	w.dead(r)
}

func (w responseRow) dead(r *rig) {
	if _, err := r.ReadResponse(r.ctx); !errors.Is(err, dugong.ErrConnectionClosed) {
		w.t.Fatalf("%v: reading on gives %v", w, err)
	}
	if w.a == byDrop {
		return // it would connect anew
	}
	if err := r.SendRequest(r.ctx, get("/more")); !errors.Is(err, dugong.ErrConnectionClosed) {
		w.t.Fatalf("%v: sending on gives %v", w, err)
	}
}

// refused: behind an answer that announced close there is nothing.
func (w responseRow) refused(r *rig, i int) {
	_, err := r.ReadResponse(r.ctx)
	e := asError(w.t, w.String(), err)
	left := r.Unanswered()
	if e.Kind != dugong.ErrConnectionClosed || e.NotProcessed != len(w.s.answers)-i || len(left) != e.NotProcessed {
		w.t.Fatalf("%v: %v, unanswered %v", w, e, left)
	}
	for j, x := range left {
		if x.Tag != i+j || x.Verdict != dugong.NotProcessed {
			w.t.Fatalf("%v: unanswered %+v", w, x)
		}
	}
	w.dead(r)
}
