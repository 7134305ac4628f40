package dugonghttp

import (
	"container/list"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
)

// A conn is one connection and the calls that are on it.
//
// Nobody is employed to read: those who wait for answers read for each other.
// One of them holds the reading role (reader). He makes the answers of the
// others, hands them out, and passes the role on when he has his own. An answer
// whose body is not there yet belongs to its caller together with the role:
// who reads a body from the connection is its reader, until the body ends.
//
// Sending needs no employee either: a request is put into the connection's
// buffer under mu, without waiting, and whoever comes first after the others
// had their chance flushes for all of them. What the socket does not take then
// is left to the reader, who waits for both directions.
type conn struct {
	origin *origin
	d      *dugong.Conn
	net    net.Conn
	names  names
	tls    *tls.ConnectionState

	// Guarded by origin.mu.
	inFlight  int  // places reserved
	taken     int  // requests so far
	pipes     bool // what is in flight may have others behind it
	cred      string
	retired   bool
	answered  int
	piped     bool      // it has had several requests at a time
	stuck     bool      // the body of an answer is being read by its caller
	since     time.Time // of the last answer, or of the request that found it idle
	first     bool      // the answer that is awaited is to that request
	last      bool      // nothing more is to be sent
	most      int       // more did not go into its buffers; 0: that did not happen
	freed     int       // answers since most was last widened
	idleAt    time.Time // zero: it is not idle
	rested    time.Time // since when it was idle, when the first request that is on it came; zero: it was not
	idleTimer *time.Timer
	idleMark  *list.Element // guarded by Transport.mu

	mu       sync.Mutex
	queue    []*call // sent, in order; the first is being answered
	room     []*call // the memory of queue
	reader   *call   // who holds the reading role
	open     *dugong.Response
	drained  int64            // of open, if its call was given up
	progress time.Time        // when the first in the queue became the first
	gathered int64            // requests that were left to flush
	flushed  int64            // how many of them were flushed
	crowded  bool             // the last requests came together: the next one waits for company too
	alarm    alarm            // for those who wait behind others
	bells    []chan struct{}  // to be used again by who waits next
	dead     error            // why it is of no use any more
	next     *dugong.Response // for the next answer; the reader's
	met      error            // by who read ahead; the reader's
	counted  int64            // octets of answers, up to the end of the last one; only with Metrics.Traffic
}

// send puts the request of k on the wire, as far as that goes without waiting.
func (c *conn) send(k *call) error {
	c.mu.Lock()
	if c.dead != nil {
		defer c.mu.Unlock()
		return k.unsent(c.dead)
	}
	alone := len(c.queue) == 0
	more := !alone || c.crowded && k.up == nil
	k.behind, k.ahead = !alone, int32(len(c.queue))
	if k.at.IsZero() {
		k.at = time.Now()
	}
	if alone && k.at.After(c.progress) {
		c.progress = k.at
	}
	c.push(k)
	k.countStart()
	wire := &k.x.scratch.wire
	wire.More = more
	err := c.d.SendRequest(trying, wire)
	if err != nil && !c.accepted(k) {
		c.queue = c.queue[:len(c.queue)-1]
		c.mu.Unlock()
		return c.notSent(k, err)
	}
	k.sent = true
	if k.x.trace == &noTrace { // as soon as may be: who comes next finds it in the processor's cache
		k.x.giveBack()
	}
	k.countEnd(k.atOnce())
	if err != nil && errors.Is(err, errNotNow) { // a body that did not go out whole: alone is true
		var e *dugong.Error
		errors.As(err, &e)
		k.up = k.rest(e.Written)
	}
	if !more {
		c.crowded = false
		c.mu.Unlock()
		return nil
	}
	c.crowded = c.crowded || !alone
	c.gathered++
	k.nth = c.gathered
	c.mu.Unlock()
	// Whoever is about to send too may do so now: one write for all of us.
	runtime.Gosched()
	c.flush(k)
	return nil
}

// push puts k at the end of the queue. mu is held.
func (c *conn) push(k *call) {
	if cap(c.queue) == len(c.queue) { // its front part may be free again
		c.queue = append(make([]*call, 0, max(4, 2*len(c.queue))), c.queue...)
		c.room = c.queue
	}
	c.queue = append(c.queue, k)
}

// flush sends what was gathered, if the request of k is still among it. What
// came later has its own callers, who let others go first as well: if
// everybody flushed for the next one, each would go out alone. An error is met
// by the reader as well, who knows better what it means.
func (c *conn) flush(k *call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.nth > c.flushed && !k.done && c.dead == nil {
		c.flushed, c.crowded = c.gathered, len(c.queue) > 1
		c.d.Flush(trying)
	}
}

// accepted reports whether dugong took k's request although a call failed.
func (c *conn) accepted(k *call) bool {
	for _, u := range c.d.Unanswered() {
		if u.Tag == k {
			return true
		}
	}
	return false
}

// notSent deals with a request that dugong refused. Nothing of it is on the
// wire.
func (c *conn) notSent(k *call, err error) error {
	var e *dugong.Error
	errors.As(err, &e)
	switch {
	case errors.Is(err, errNotNow):
		c.origin.setFull(c)
		c.origin.release(c)
		return k.unsent(err)
	case e != nil && e.Kind == dugong.ErrConnectionClosed:
		c.origin.foundClosed(c, e)
		c.kill(err)
		return k.fail(dugong.NotProcessed, err)
	}
	c.origin.release(c)
	k.final = true
	return k.fail(dugong.NotProcessed, err)
}

// kill ends the connection. Every call on it fails, with what is certain about
// its request.
func (c *conn) kill(why error) {
	c.origin.retire(c)
	c.mu.Lock()
	if c.dead != nil {
		c.mu.Unlock()
		return
	}
	c.dead = why
	c.d.Close()
	verdicts := map[any]dugong.Verdict{}
	for _, u := range c.d.Unanswered() {
		verdicts[u.Tag] = u.Verdict
	}
	queue := c.queue
	if len(queue) > 0 {
		c.countAnswer(queue[0])
	}
	c.queue = nil
	for _, k := range queue {
		if !k.done {
			v, listed := verdicts[k]
			if !listed && !k.sent {
				v = dugong.NotProcessed
			}
			if k.abandoned { // its exchange may be on another connection by now: not to be touched
				k.verdict = v
			} else {
				k.err = k.fail(v, why)
			}
			k.finish()
		}
	}
	c.mu.Unlock()
	for _, k := range queue {
		k.up.abort()
	}
}

// shut closes a connection on which nothing is in flight.
func (c *conn) shut() { c.d.Close() }
