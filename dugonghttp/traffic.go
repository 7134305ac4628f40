package dugonghttp

import (
	"sync/atomic"
	"time"

	"github.com/dugong-http/dugong/internal/inside"
)

// A Traffic is what Metrics.Traffic is told.
type Traffic struct {
	Origin string // host:port of the server
	Method string
	Number int // 1 for the first attempt of a request
	Status int // of the final response; 0 without one
	// Sent counts the octets of the request that were handed to the system:
	// head, body and the framing of the body, without TLS. Received counts the
	// same of the answer, 1xx responses and trailer included. What follows a
	// 101 or a 2xx to CONNECT is not counted.
	Sent, Received int64
	// RequestBody and ResponseBody count the octets of the bodies alone:
	// without framing, and before gzip is taken off. Of a request that was cut
	// off, RequestBody counts what was taken from its body, which can be more
	// than was Sent.
	RequestBody, ResponseBody int64
	// Duration is the time from having the connection to the end.
	Duration time.Duration
	// Err is nil if the response came whole; otherwise the failure, or why the
	// rest of the body was not wanted.
	Err error
}

// A tally gathers what Metrics are told of one call. conn.mu guards it, but for
// parts.
type tally struct {
	parts  atomic.Int32 // of the answer and the upload, those that are not over
	method string
	number int
	begun  time.Time
	first  time.Time // when it became the first on its connection

	start    int64 // octets that the connection had accepted before the request
	end      int64 // and with it; 0: not known yet
	received int64
	up, down int64 // of the bodies
	err      error
}

// count begins the count of an attempt, if anybody wants to know.
func (k *call) count(number int) {
	if m := k.x.t.Metrics; m != nil && (m.Traffic != nil || m.Attempt != nil) {
		k.tally = &tally{method: k.x.scratch.wire.Method, number: number, begun: time.Now()}
		k.tally.parts.Store(1)
	}
}

// countStart and countEnd note how far the connection had come before the
// request of k, and with it. Nothing else is sent in between.
func (k *call) countStart() {
	if k.tally != nil {
		k.tally.start, _, _ = inside.Octets(k.c.d)
	}
}

func (k *call) countEnd(body int64) {
	if k.tally != nil {
		k.tally.end, _, _ = inside.Octets(k.c.d)
		k.tally.up = body
	}
}

// atOnce is the length of the body that was sent together with the head.
func (k *call) atOnce() int64 {
	if k.x.body == nil || k.connect {
		return 0
	}
	return k.x.length
}

// countBody adds octets of the response's body.
func (k *call) countBody(n int) {
	if k.tally != nil {
		k.tally.down += int64(n)
	}
}

// countFirst notes when the last answer ahead of k was over. mu is held.
func (k *call) countFirst(now time.Time) {
	if k.tally != nil {
		k.tally.first = now
	}
}

// countAnswer gives k what was taken from the wire since the answer ahead of
// it was over. mu is held.
func (c *conn) countAnswer(k *call) {
	if k.tally != nil {
		_, _, taken := inside.Octets(c.d)
		k.tally.received, c.counted = taken-c.counted, taken
	}
}

// part is called when the upload begins, over when it and when the answer are
// over. The last one tells.
func (k *call) part() {
	if k.tally != nil {
		k.tally.parts.Add(1)
	}
}

func (k *call) over(err error) {
	if k.tally == nil {
		return
	}
	k.c.mu.Lock()
	if k.tally.err == nil {
		k.tally.err = err
	}
	k.c.mu.Unlock()
	if f := k.x.t.Metrics.Traffic; k.tally.parts.Add(-1) == 0 && f != nil {
		f(k.traffic())
	}
}

// status is that of the answer; 0: there is none. mu is held.
func (k *call) status() int {
	switch {
	case k.described:
		return k.x.resp.StatusCode
	case k.resp != nil:
		return k.resp.Status
	}
	return 0
}

func (k *call) traffic() Traffic {
	c, n := k.c, k.tally
	c.mu.Lock()
	defer c.mu.Unlock()
	t := Traffic{
		Origin: k.x.route.addr, Method: n.method, Number: n.number, Duration: time.Since(n.begun), Err: n.err,
		Received: n.received, RequestBody: n.up, ResponseBody: n.down,
	}
	t.Status = k.status()
	accepted, handed, taken := inside.Octets(c.d)
	if n.end == 0 { // it broke off
		n.end = accepted
	}
	t.Sent = max(0, min(n.end, handed)-n.start)
	if n.received == 0 && len(c.queue) > 0 && c.queue[0] == k { // somebody else may read on
		t.Received = taken - c.counted
	}
	return t
}
