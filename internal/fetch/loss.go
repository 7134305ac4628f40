package fetch

import (
	"errors"
	"net/http"
	"strings"

	"github.com/dugong-http/dugong"
)

// suspicious answers may belong to a later request of the same batch
// (Response.Doubtful), or to the connection: a 408 that was on its way when
// the request was sent. While a repetition is left they are not believed.
func (w *worker) suspicious() bool {
	return w.resp.Doubtful && (len(w.flight) > 1 || w.resp.Status == http.StatusRequestTimeout) &&
		w.flight[0].charged < w.e.opt.Retries
}

// doubt repeats all that is in flight.
func (w *worker) doubt() error {
	w.lost = true
	w.settle(&dugong.Error{Kind: dugong.ErrConnectionClosed, Op: "fetch", Fault: dugong.FaultPeer,
		Detail: "a bodyless " + http.StatusText(w.resp.Status) + " that closes, which may answer any request in flight"}, true)
	return nil
}

// loss settles what is in flight on a connection that is of no use any more,
// and returns why.
func (w *worker) loss(err error) error {
	w.lost = true
	w.learn(err)
	w.c.Close()
	if w.final(err) {
		t := w.flight[0]
		w.flight = w.flight[1:]
		t.charged++
		w.charged, w.spent = true, true
		w.e.finish(t, "", err)
	}
	w.settle(err, true)
	return err
}

// final says that the request at the front need not be tried again: its answer
// is wrong, and pipelining is not to blame.
func (w *worker) final(err error) bool {
	switch {
	case dugong.IsTemporary(err), w.e.ctx.Err() != nil:
		return false
	case errors.Is(err, dugong.ErrTooLarge), errors.Is(err, dugong.ErrUnsupportedResponse):
		return true
	}
	return w.peak <= 1
}

// learn draws conclusions for later connections.
func (w *worker) learn(err error) {
	switch {
	case errors.Is(err, dugong.ErrConnectionClosed):
		if w.answered > 0 {
			w.o.closedAfter(w.answered, false)
			w.o.brokenOff(w.answered, len(w.flight))
		}
	case errors.Is(err, dugong.ErrConnectionTimedOut), errors.Is(err, dugong.ErrInvalidResponse):
		if w.peak > 1 {
			w.o.single()
		}
	}
}

// settle gives back what is in flight, by its verdicts. With charge a request
// that may have been processed costs a repetition; err is for those that have
// none left. Without, the connection ended in an orderly way.
func (w *worker) settle(err error, charge bool) {
	w.c.Close()
	verdicts := map[any]dugong.Verdict{}
	for _, x := range w.c.Unanswered() {
		verdicts[x.Tag] = x.Verdict
	}
	var again []*task
	for _, t := range w.flight {
		if verdicts[t] == dugong.MaybeProcessed && charge {
			w.charged = true
			if t.charged++; t.charged > w.e.opt.Retries || w.e.ctx.Err() != nil {
				w.spent = true
				w.e.finish(t, "", err)
				continue
			}
			t.repeated = true
			w.e.count(func(s *Stats) { s.Retries++ })
		}
		t.bytes, t.status, t.location = 0, 0, ""
		again = append(again, t)
	}
	w.flight = w.flight[:0]
	w.o.giveBack(again...)
}

// givenUp is the error of documents that were not asked for in the end, since
// others of the same origin had come to nothing.
type givenUp struct{ last error }

func (g *givenUp) Error() string {
	return "its server was given up, since it answers nothing: " + strings.TrimPrefix(g.last.Error(), "dugong: ")
}

func (g *givenUp) Unwrap() error { return g.last }
