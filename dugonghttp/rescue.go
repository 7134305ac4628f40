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

// hurries says whether there may be a limit for k at all. It needs no mu.
func (c *conn) hurries(k *call) bool {
	return k.behind && !k.x.t.DisableRetries && c.origin.headOfLine() > 0
}

// patience is until when k goes on waiting on this connection; ok is false if
// that is not limited. mu is held.
func (c *conn) patience(k *call) (until time.Time, ok bool) {
	if !c.hurries(k) || k.done || len(c.queue) == 0 {
		return time.Time{}, false
	}
	d := c.origin.headOfLine()
	if c.queue[0] == k {
		d = c.origin.stall()
	}
	return c.progress.Add(d), true
}

// overdue says whether k has waited for too long. It need not look at the clock
// as long as an alarm is set that will go off before. mu is held.
func (c *conn) overdue(k *call) bool {
	until, ok := c.patience(k)
	return ok && !c.alarm.before(until) && !time.Now().Before(until)
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
		k.ch = c.bell()
	}
	ch := k.ch
	if until, limited := c.patience(k); limited {
		c.setAlarm(until)
	}
	c.mu.Unlock()
	ended := k.x.ctx.Done()
	if ended == nil { // one channel is less work than two
		<-ch
		return
	}
	select {
	case <-ch:
	case <-ended:
	}
}

// bell takes a channel for who waits, and still gives back that of k, which is
// done: nobody rings for it any more. They are the connection's and not
// everybody's, because a channel belongs to the bubble of testing/synctest in
// which it was made. mu is held.
func (c *conn) bell() chan struct{} {
	n := len(c.bells)
	if n == 0 {
		return make(chan struct{}, 1)
	}
	ch := c.bells[n-1]
	c.bells = c.bells[:n-1]
	return ch
}

func (c *conn) still(k *call) {
	if k.ch == nil {
		return
	}
	select {
	case <-k.ch:
	default:
	}
	c.bells, k.ch = append(c.bells, k.ch), nil
}

// An alarm is one timer for all who wait on a connection: a timer for each
// would cost more than the rest of their waiting.
type alarm struct {
	timer *time.Timer
	at    time.Time // zero: not set
}

// before says whether the alarm goes off no later than at.
func (a *alarm) before(at time.Time) bool { return !a.at.IsZero() && !at.Before(a.at) }

// setAlarm sets it for no later than at. mu is held.
func (c *conn) setAlarm(at time.Time) {
	a := &c.alarm
	if a.before(at) {
		return
	}
	if d := time.Until(at); a.timer == nil {
		a.timer = time.AfterFunc(d, c.rouse)
	} else {
		a.timer.Reset(d)
	}
	a.at = at
}

// rouse is called by the alarm: it makes those look again who have waited for
// long enough, and sets it for the others.
func (c *conn) rouse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.alarm.at = time.Time{}
	now := time.Now()
	for _, k := range c.queue {
		until, limited := c.patience(k)
		switch {
		case !limited || k.abandoned:
		case !now.Before(until):
			k.wakeUp()
		default:
			c.setAlarm(until)
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
