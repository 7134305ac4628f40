package dugonghttp

import (
	"errors"
	"net/http"
	"time"

	"github.com/dugong-http/dugong"
)

// Who is behind an answer that takes long, or whose body is read slowly or not
// at all, is not to wait for ever: the one ahead may even wait for him. After
// the limit he gives his place up and is sent again, elsewhere. What is behind
// others is always a request that may be sent twice.

var errSlowHead = errors.New("dugonghttp: an answer ahead on the connection takes too long")

// A server that answers the first of several requests and then falls silent may
// be one that does not look at what it has read already (some wait for new
// octets). So also the first in the queue does not wait for ever if others were
// ahead of it when it was sent, but longer: it may simply be a slow one.
const stallFactor = 8

// patience is how long k goes on waiting on this connection; ok is false if
// that is not limited. mu is held.
func (c *conn) patience(k *call) (d time.Duration, ok bool) {
	if !k.behind || k.done || k.x.t.DisableRetries || len(c.queue) == 0 {
		return 0, false
	}
	if d = c.origin.headOfLine(); d <= 0 {
		return 0, false
	}
	if c.queue[0] == k {
		d = c.origin.stall()
	}
	return d - time.Since(c.progress), true
}

// overdue says whether k has waited for too long. mu is held.
func (c *conn) overdue(k *call) bool {
	d, ok := c.patience(k)
	return ok && d <= 0
}

// rescue gives the place of k up. mu is held, and released.
func (c *conn) rescue(k *call) error {
	k.abandoned = true
	stalled := c.queue[0] == k
	if c.reader == k {
		c.reader = nil
	}
	c.mu.Unlock()
	c.origin.slow(c, stalled)
	c.pass() // the role may have been offered to k
	k.x.alone = true
	return k.fail(dugong.MaybeProcessed, errSlowHead)
}

// slow is told of a connection whose first request takes long.
func (o *origin) slow(c *conn, stalled bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.last = true // nothing is sent behind it, and what was given up need not be drained
	o.facts.depth, o.facts.proofs = max(1, o.facts.depth/2), 0
	if stalled {
		if o.facts.depth = 1; o.facts.stalled {
			o.giveUp("silence behind an answered request")
		}
		o.facts.stalled = true
	}
}

// wait waits until k is told to look again or its exchange ends. mu is held, and
// released.
func (c *conn) wait(k *call) {
	if k.ch == nil {
		k.ch = make(chan struct{}, 1)
	}
	ch := k.ch
	if d, limited := c.patience(k); limited {
		c.setAlarm(d)
	}
	c.mu.Unlock()
	select {
	case <-ch:
	case <-k.x.ctx.Done():
	}
}

// An alarm is one timer for all who wait on a connection: a timer for each
// would cost more than the rest of their waiting.
type alarm struct {
	timer *time.Timer
	at    time.Time // zero: not set
}

// setAlarm sets it for no later than in d. mu is held.
func (c *conn) setAlarm(d time.Duration) {
	a, at := &c.alarm, time.Now().Add(d)
	switch {
	case a.timer == nil:
		a.timer = time.AfterFunc(d, c.rouse)
	case a.at.IsZero() || at.Before(a.at):
		a.timer.Reset(d)
	default:
		return
	}
	a.at = at
}

// rouse is called by the alarm: it makes those look again who have waited for
// long enough, and sets it for the others.
func (c *conn) rouse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm.at = time.Time{}
	for _, k := range c.queue {
		d, limited := c.patience(k)
		switch {
		case !limited || k.abandoned:
		case d <= 0:
			k.wakeUp()
		default:
			c.setAlarm(d)
		}
	}
}

// shared: the connection has had several requests at a time.
func (c *conn) shared() bool {
	c.origin.mu.Lock()
	defer c.origin.mu.Unlock()
	return c.piped
}

// check lets the caller look at an answer that shared its connection. Where it
// is wrong, the other answers of that connection are not to be trusted either.
func (k *call) check(resp *http.Response) error {
	err := k.x.t.CheckResponse(k.x.req, resp)
	if err == nil {
		return nil
	}
	o := k.c.origin
	o.mu.Lock()
	o.giveUp("CheckResponse: " + err.Error())
	o.mu.Unlock()
	k.c.kill(err)
	resp.Body.Close()
	k.x.cancel(nil)
	k.x.start()
	return &attemptError{public: Error{dugong.MaybeProcessed, err}, reused: true}
}
