package dugonghttp

import (
	"slices"
	"time"
)

// longestTurn is how long a request that cannot share waits while others go past
// it, on connections that they can share.
const longestTurn = 250 * time.Millisecond

// oldest is who waits longest and gets no connection of its own; nil: nobody.
// mu is held.
func (o *origin) oldest() *want {
	for _, w := range o.wants {
		if !w.dialing {
			return w
		}
	}
	return nil
}

// long: nobody goes past it any more.
func (w *want) long() bool { return time.Since(w.since) >= longestTurn }

// offer gives what room c has to those who wait, then lets it be idle. mu is
// held.
func (o *origin) offer(c *conn) {
	if w := o.oldest(); w != nil && w.x.fresh && c.inFlight == 0 && !c.retired && c.taken > 0 {
		o.retireLocked(c) // which makes room for the new one that w wants
		c.shut()
		return
	}
	for i := 0; i < len(o.wants); {
		w := o.wants[i]
		if !o.fits(c, w.x, time.Now()) {
			if i++; !w.dialing && w.long() {
				break
			}
			continue
		}
		o.wants = slices.Delete(o.wants, i, i+1)
		w.ch <- o.reserve(c, w.x, time.Now())
	}
	switch {
	case c.inFlight > 0 || c.retired:
	case c.last:
		o.retireLocked(c)
		c.shut()
	default:
		o.rest(c)
	}
}

// reserve puts x on c. mu is held.
func (o *origin) reserve(c *conn, x *exchange, now time.Time) got {
	g := got{conn: c, reused: c.taken > 0, idleAt: c.idleAt}
	if c.inFlight == 0 {
		c.rested = c.idleAt
		o.wake(c)
		c.pipes, c.cred = x.pipes && !x.alone, x.cred // behind who is alone there may be nobody: he might send first
		c.since, c.first = now, x.pipes
		if c.pipes {
			o.busy = append(o.busy, c)
		}
	}
	c.inFlight++
	c.piped = c.piped || c.inFlight > 1
	if c.taken++; o.facts.limit > 0 && c.taken >= o.facts.limit {
		c.last = true
	}
	return g
}

// unreserve takes one place on c back. mu is held.
func (o *origin) unreserve(c *conn) {
	if c.inFlight--; c.inFlight == 0 {
		if c.most = 0; c.pipes {
			o.notBusy(c)
		}
	}
}

func (o *origin) notBusy(c *conn) {
	if i := slices.Index(o.busy, c); i >= 0 {
		o.busy = slices.Delete(o.busy, i, i+1)
	}
}
