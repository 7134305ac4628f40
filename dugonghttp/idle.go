package dugonghttp

import (
	"container/list"
	"net/http"
	"slices"
	"time"
)

// An idleList orders the idle connections of all origins by age, for
// MaxIdleConns. Transport.mu guards it, which may be taken with an
// origin's mu held, not the other way round.
type idleList struct{ l list.List }

// rest makes c idle, or closes it if there are enough. mu is held.
func (o *origin) rest(c *conn) {
	t := o.t
	most := t.MaxIdleConnsPerHost
	if most == 0 {
		most = http.DefaultMaxIdleConnsPerHost
	}
	if t.DisableKeepAlives || o.closing || len(o.idle) >= most {
		o.retireLocked(c)
		c.shut()
		return
	}
	c.idleAt = time.Now()
	o.idle = append(o.idle, c)
	if d := t.IdleConnTimeout; d > 0 {
		if c.idleTimer == nil {
			c.idleTimer = time.AfterFunc(d, c.idleTooLong)
		} else {
			c.idleTimer.Reset(d)
		}
	}
	if oldest := t.noteIdle(c); oldest != nil {
		go oldest.origin.closeIdleConn(oldest) // it may be of another origin, whose mu is not to be had here
	}
}

// wake takes c out of the idle ones. mu is held.
func (o *origin) wake(c *conn) {
	if c.idleAt.IsZero() {
		return
	}
	c.idleAt = time.Time{}
	if i := slices.Index(o.idle, c); i >= 0 {
		o.idle = slices.Delete(o.idle, i, i+1)
	}
	if c.idleTimer != nil {
		c.idleTimer.Stop()
	}
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	if c.idleMark != nil {
		o.t.idle.l.Remove(c.idleMark)
		c.idleMark = nil
	}
}

// noteIdle counts c and returns the oldest idle connection if there are too
// many.
func (t *Transport) noteIdle(c *conn) *conn {
	if t.MaxIdleConns <= 0 {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	c.idleMark = t.idle.l.PushBack(c)
	if t.idle.l.Len() <= t.MaxIdleConns {
		return nil
	}
	return t.idle.l.Front().Value.(*conn)
}

// idleTooLong is called by the timer of IdleConnTimeout.
func (c *conn) idleTooLong() {
	o := c.origin
	o.mu.Lock()
	early := !c.idleAt.IsZero() && time.Since(c.idleAt) < o.t.IdleConnTimeout // it was in use meanwhile
	o.mu.Unlock()
	if !early {
		o.closeIdleConn(c)
	}
}

// closeIdleConn closes c if it is idle still.
func (o *origin) closeIdleConn(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !c.idleAt.IsZero() {
		o.retireLocked(c)
		c.shut()
	}
}

// closeIdle closes all idle connections, and those that become idle before the
// next request.
func (o *origin) closeIdle() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closing = true
	for len(o.idle) > 0 {
		c := o.idle[len(o.idle)-1]
		o.retireLocked(c)
		c.shut()
	}
}
