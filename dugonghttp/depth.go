package dugonghttp

import (
	"time"

	"github.com/dugong-http/dugong"
)

// When a request is sent behind others, without waiting for their answers:
//
//   - It is of a method that is safe (GET, HEAD, OPTIONS, QUERY), without a
//     body, and asks neither for an upgrade nor for an end; and so are all that
//     are ahead of it. A request that is not like this has its connection to
//     itself.
//   - It is sent on behalf of the same credentials as those ahead.
//   - The origin has earned it (or Transport.Depth says so): answers came in
//     their order, on connections that stay open, from a server of HTTP/1.1.
//   - Nothing shows that it would wait long: the answer ahead is not being
//     streamed, is not overdue, and (where the depth is automatic) answers
//     behind each other do not take longer than a new connection would.
//
// The first sign that a server does not pipeline well ends it for good: a wrong
// answer, one that nobody asked for, a loss with several requests on the
// connection, an answer in HTTP/1.0.

const (
	// maxAutomatic is as deep as the automatic depth grows. With 256 callers it
	// takes 14 % less than four connections of 64. More at a time are rare,
	// and a loss hits all of them.
	maxAutomatic = 256
	// trifle is how long an answer may be in coming behind others for that
	// to be better than a connection that is idle: about the cost of its own
	// system calls and wake-ups.
	trifle = 200 * time.Microsecond
	// forgetting is after how many requests on idle connections most of the gap
	// is forgotten, so that pipelining is tried again.
	forgetting = 64
	// atOnce is how soon after the last answer an unsolicited one counts as a
	// wrong answer. Later it is rather a word about a timeout (408).
	atOnce = time.Second
)

// saw takes what a request waited behind another one into the smoothed gap: the
// time between their answers, or what it took longer than a quick request with
// nothing ahead, if that is less. Where the server is far away, answers are as far apart
// as their requests were. A single long gap, which may be the scheduler's and
// not the server's, moves it little.
func (f *facts) saw(gap time.Duration) {
	if gap = max(gap, 1); f.gap == 0 {
		f.gap = gap
		return
	}
	f.gap += min(gap-f.gap, f.gap+trifle) / 8
}

// facts is what was learnt about an origin. Its mu guards them.
type facts struct {
	depth     int           // earned; 0 means 1
	proofs    int           // answers at this depth that came as they should
	never     string        // why nothing is pipelined any more
	limit     int           // requests that a connection takes; 0: not known
	closedAt  int           // how many the last one took that announced its end
	most      int           // that any connection took
	gap       time.Duration // that an answer waits for the one ahead, smoothed
	head      time.Duration // that answers take which wait for no others, smoothed; 0: not known
	least     time.Duration // that such a head takes when all goes well
	dial      time.Duration // that the last connection took
	stalled   bool          // a server fell silent behind an answered request
	lost      bool          // a connection with several requests was lost, and nothing answered since
	answers   int64
	pipelined int64
}

// depth is how many requests may be on one connection. mu is held.
func (o *origin) depth() int {
	switch d := o.t.Depth; {
	case o.facts.never != "" || d == 1 || d < 0 || o.t.DisableKeepAlives:
		return 1
	case d > 1:
		return d
	}
	return max(1, o.facts.depth)
}

// answered is told of each answer that came as it should, on a connection that
// goes on.
func (o *origin) answered(c *conn, k *call, r ending, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.proved(c, k, r, now)
	o.widen(c)
	o.unreserve(c)
	o.offer(c)
}

// proved draws the conclusions from an answer. mu is held.
func (o *origin) proved(c *conn, k *call, r ending, now time.Time) {
	f := &o.facts
	if k.behind && c.pipes {
		f.pipelined++
		f.saw(min(now.Sub(c.since), now.Sub(k.at)-f.least))
	}
	o.tookHead(c, now)
	c.since, c.stuck, f.lost = now, false, false
	c.answered++
	f.most = max(f.most, c.answered)
	f.answers++
	if r.old {
		o.giveUp("the server answers in HTTP/1.0")
	}
	d := max(1, f.depth)
	if d > 1 && !k.behind { // it proves nothing about a pipeline
		return
	}
	if f.proofs++; f.proofs >= 2*d && d < maxAutomatic {
		f.depth, f.proofs = 2*d, 0
	}
}

// giveUp ends pipelining to this origin for good. mu is held.
func (o *origin) giveUp(why string) {
	if o.facts.never == "" {
		o.facts.never = why
		o.t.log("pipelining given up", "origin", o.key.addr, "why", why)
	}
}

// streams is told of an answer whose body goes to its caller as it comes.
// Nothing is sent behind it; who is behind it already was unlucky.
func (o *origin) streams(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.stuck = true
	o.tookHead(c, time.Now())
	if c.inFlight > 1 {
		o.facts.depth, o.facts.proofs = max(1, o.facts.depth/2), 0
	}
}

// setFull notes that c takes no more than what is on it. The bound is widened
// little by little, and gone when c has nothing on it: with none, each answer
// would bring on all who wait, to be refused again.
func (o *origin) setFull(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.most, c.freed = max(1, c.inFlight-1), 0 // without the one that was refused
}

// widen is called with each answer: one more after as many as there is room for.
func (o *origin) widen(c *conn) {
	if c.most == 0 {
		return
	}
	if c.freed++; c.freed >= c.most {
		c.most, c.freed = c.most+1, 0
	}
}

// foundClosed is told of a connection that was closed while idle, or on which
// the server talked out of turn.
func (o *origin) foundClosed(c *conn, e *dugong.Error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.Fault == dugong.FaultPeer && c.taken > 1 && (c.rested.IsZero() || time.Since(c.rested) < atOnce) {
		o.giveUp("an answer that nobody asked for")
	}
}

// closed is told of a response that announced the end of its connection. The
// same number of requests twice is a limit.
func (o *origin) closed(c *conn, r ending) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.answered++
	o.facts.answers++
	if r.old {
		o.giveUp("the server answers in HTTP/1.0")
	}
	// Where a connection has taken more, it is chance.
	if c.answered > 1 && c.answered == o.facts.closedAt && o.facts.most <= c.answered {
		o.facts.limit = c.answered
	}
	o.facts.closedAt, o.facts.most = c.answered, max(o.facts.most, c.answered)
}

// lost is told of a connection that ended with requests on it that were not
// answered.
func (o *origin) lost(c *conn, unanswered int, e *dugong.Error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case c.retired: // its end was announced
	case e != nil && e.Fault == dugong.FaultPeer && c.piped:
		o.giveUp("a wrong answer: " + e.Kind.Error())
	case unanswered > 1:
		o.giveUp("a connection was lost with several requests on it")
	}
	o.facts.lost = o.facts.lost || unanswered > 1
}
