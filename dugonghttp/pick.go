package dugonghttp

import (
	"time"
)

// pick finds a connection for x that is there already: one on which the wait
// behind others is a trifle, the fullest of these, so that requests go out
// together; then an idle one; then whatever there is. mu is held.
func (o *origin) pick(x *exchange, now time.Time) got {
	pipes := x.pipes && !x.alone && o.depth() > 1 && len(o.busy) > 0
	if pipes {
		if c := o.current; c != nil && !c.retired && c.inFlight > 0 && o.fits(c, x, now) && o.cheap(c, now) {
			return o.reserve(c, x, now)
		}
		if o.current = o.fullest(x, now); o.current != nil {
			return o.reserve(o.current, x, now)
		}
		if o.t.Depth > 1 {
			if c := o.emptiest(x, now); c != nil {
				return o.reserve(c, x, now)
			}
		}
	}
	for len(o.idle) > 0 {
		i := o.idle[len(o.idle)-1]
		old := o.t.IdleConnTimeout
		if x.fresh || old > 0 && now.Sub(i.idleAt) > old { // the machine may have slept
			o.retireLocked(i)
			i.shut()
			continue
		}
		o.facts.gap -= o.facts.gap / forgetting
		return o.reserve(i, x, now)
	}
	if pipes {
		if c := o.emptiest(x, now); c != nil {
			return o.reserve(c, x, now)
		}
	}
	return got{}
}

// cheap: who is behind all that are on c waits for no more than a trifle, and
// the first of them does not take longer than it takes to get here and back. mu
// is held.
func (o *origin) cheap(c *conn, now time.Time) bool {
	return o.facts.gap*time.Duration(c.inFlight) < trifle && now.Sub(c.since) < max(2*time.Millisecond, 2*o.facts.dial)
}

// fullest finds the connection with the most requests on which one more waits
// for no more than a trifle. mu is held.
func (o *origin) fullest(x *exchange, now time.Time) (best *conn) {
	for _, c := range o.busy {
		if (best == nil || c.inFlight > best.inFlight) && o.fits(c, x, now) && o.cheap(c, now) {
			best = c
		}
	}
	return best
}

// emptiest finds the connection with the fewest requests on which x may queue.
// mu is held.
func (o *origin) emptiest(x *exchange, now time.Time) (best *conn) {
	for _, c := range o.busy {
		if (best == nil || c.inFlight < best.inFlight) && o.fits(c, x, now) {
			best = c
		}
	}
	return best
}

// fits says whether x may go on c now. mu is held.
func (o *origin) fits(c *conn, x *exchange, now time.Time) bool {
	switch {
	case c.retired || c.last || c.most > 0 && c.inFlight >= c.most || x.fresh && c.taken > 0:
		return false
	case c.inFlight == 0:
		return true
	}
	return x.pipes && c.pipes && !x.alone && !c.stuck && c.inFlight < o.depth() &&
		(c.cred == x.cred || o.t.MixCredentials) && o.proven(c) && o.worth(c, now)
}

// proven: on a new connection the first request goes alone (after a loss also
// where the depth is fixed, RFC 9112 section 9.3.2).
func (o *origin) proven(c *conn) bool {
	return c.answered > 0 || o.t.Depth > 1 && !o.facts.lost
}

// worth: the wait behind those ahead is not too long.
func (o *origin) worth(c *conn, now time.Time) bool {
	if most := o.headOfLine(); most > 0 && now.Sub(c.since) >= most {
		return false
	}
	if o.t.Depth > 1 {
		return true
	}
	return o.facts.gap*time.Duration(c.inFlight) <= max(2*time.Millisecond, o.facts.dial)
}
