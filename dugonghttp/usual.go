package dugonghttp

import "time"

// How long an answer may keep those behind it waiting depends on how long
// answers usually take. A server that needs 300 ms for each, or is that far
// away, is not slow when it takes 300 ms again: with a fixed limit below that,
// all that is sent behind another request would be sent twice. So would it on a
// machine that is busy, where everything takes longer for a while.

const (
	// defaultHeadOfLine is the least that Transport.HeadOfLineLimit is by
	// default.
	defaultHeadOfLine = 250 * time.Millisecond
	// unusual is how many times as long as usual an answer has to take until it
	// counts as slow.
	unusual = 4
	// longestLimit is what a limit is taken for that is longer: ten years, so
	// that multiples of it are durations too.
	longestLimit = 10 * 365 * 24 * time.Hour
	// longestHead bounds how much a single answer changes what is usual.
	longestHead = 2 * time.Second
)

// headOfLine is the limit for this origin; not positive: there is none. It needs
// no mu.
func (o *origin) headOfLine() time.Duration {
	if d := o.t.HeadOfLineLimit; d != 0 {
		return min(d, longestLimit)
	}
	return max(defaultHeadOfLine, time.Duration(o.headLimit.Load()))
}

// stall is the limit for an answer that nobody is ahead of any more.
func (o *origin) stall() time.Duration {
	if o.t.HeadOfLineLimit != 0 {
		return stallFactor * o.headOfLine()
	}
	return max(stallFactor*defaultHeadOfLine, 2*o.headOfLine())
}

// tookHead is told when a head has come. It counts if it is the answer to a
// request that was sent with nothing ahead: what others take is shorter by the
// way to the server and back. mu is held.
func (o *origin) tookHead(c *conn, now time.Time) {
	if !c.first {
		return
	}
	c.first = false
	took, f := max(1, min(now.Sub(c.since), longestHead)), &o.facts
	if f.head == 0 {
		f.head, f.least = took, took
	} else {
		f.head += (took - f.head) / 8
		f.least = min(took, f.least+(took-f.least)/64)
	}
	o.setUsual()
}

// setUsual concludes from the facts what would be unusual. Until there was an
// answer, connecting tells how far away the server is. mu is held.
func (o *origin) setUsual() {
	d := unusual * o.facts.head
	if d == 0 {
		d = 2 * min(o.facts.dial, longestHead)
	}
	o.headLimit.Store(int64(d))
}
