package dugonghttp

import (
	"time"

	"github.com/dugong-http/dugong"
)

// facts is what was learnt about an origin. Its mu guards them.
type facts struct {
	depth int
}

// pick finds a connection for x that is there already. mu is held.
func (o *origin) pick(x *exchange) got {
	for len(o.idle) > 0 {
		c := o.idle[len(o.idle)-1]
		if d := o.t.IdleConnTimeout; d > 0 && time.Since(c.idleAt) > d { // the machine may have slept
			o.retireLocked(c)
			c.shut()
			continue
		}
		return o.reserve(c, x)
	}
	return got{}
}

// fits says whether x may go on c now. mu is held.
func (o *origin) fits(c *conn, x *exchange) bool {
	return !c.retired && !c.last && c.inFlight == 0
}

// setFull notes that c takes no more for now. It ends with the next answer.
func (o *origin) setFull(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.full = true
}

// foundClosed is told of a connection that was closed while idle.
func (o *origin) foundClosed(c *conn, e *dugong.Error) {}

// closed is told of a response that announced the end of its connection.
func (o *origin) closed(c *conn, r *dugong.Response) {}

// proved is told of each answer that came as it should.
func (o *origin) proved(c *conn, k *call, r *dugong.Response) {}

// lost is told of a connection that ended with requests on it.
func (o *origin) lost(c *conn, err error) {}
