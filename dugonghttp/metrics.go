package dugonghttp

import (
	"context"
	"time"

	"github.com/dugong-http/dugong"
)

// Metrics are functions that a Transport calls about its work, for counters
// and histograms. Any of them may be nil. They are called by the goroutines
// that do the work, possibly several at once, and must be quick.
type Metrics struct {
	// InFlight is told of each request that begins (+1) and ends (-1), its
	// response's body included. origin is host:port, as in Attempt and Traffic.
	InFlight func(origin string, change int)
	// Attempt is told of each attempt that had a connection, when it has the
	// head of its response or has failed. Those with Number > 1 are retries.
	Attempt func(Attempt)
	// Traffic is told of each attempt that had a connection when nothing more
	// of it goes over the wire: the body of its response has been read or was
	// closed, and that of the request has been sent or was given up; or when
	// it has failed. It comes after Attempt.
	Traffic func(Traffic)
}

// An Attempt is what Metrics.Attempt is told.
type Attempt struct {
	Origin string // host:port of the server
	Method string
	Number int  // 1 for the first of a request
	Reused bool // the connection had been used before
	// Ahead is how many requests were on the connection when this one was
	// sent, and Wait how long it took until they were answered.
	Ahead int
	Wait  time.Duration
	// Duration is the time from having the connection to the head of the
	// response, or to the failure.
	Duration time.Duration
	Status   int            // 0 without a response
	Err      error          // nil with one
	Verdict  dugong.Verdict // of a failure; means nothing if Err is nil
}

// counted reports the beginning of an exchange and, later, its end.
func (x *exchange) counted(ctx context.Context) {
	m := x.t.Metrics
	if m == nil || m.InFlight == nil {
		return
	}
	origin, err := addrOf(x.req.URL)
	if err != nil {
		origin = x.req.URL.Host // nobody can be asked by that name: the request fails
	}
	m.InFlight(origin, 1)
	context.AfterFunc(ctx, func() { m.InFlight(origin, -1) })
}

// report tells of the attempt that ended with err.
func (k *call) report(number int, begun time.Time, err error) {
	m := k.x.t.Metrics
	if m == nil || m.Attempt == nil {
		return
	}
	a := Attempt{
		Origin: k.x.route.addr, Method: k.tally.method, Number: number, Reused: k.reused,
		Duration: time.Since(begun), Err: err,
	}
	k.c.mu.Lock()
	a.Ahead = int(k.ahead)
	if k.ahead > 0 && !k.tally.first.IsZero() {
		a.Wait = k.tally.first.Sub(begun)
	}
	if err == nil {
		a.Status = k.status()
	}
	k.c.mu.Unlock()
	if err != nil {
		a.Verdict = Verdict(err)
	}
	m.Attempt(a)
}
