package dugonghttp

import (
	"errors"
	"time"

	"github.com/dugong-http/dugong"
)

// An ending is what a response says about its connection.
type ending struct {
	close bool // nothing follows
	old   bool // HTTP/1.0
}

func endOf(r *dugong.Response) ending { return ending{r.Close, r.Minor == 0} }

// completed decides what becomes of the connection after a whole response,
// which ended at now.
func (c *conn) completed(k *call, r ending, now time.Time) {
	switch u := k.up; {
	case r.close:
		c.origin.closed(c, r)
		c.origin.retire(c)
		u.abort()
		k.x.putIdle(c)
	case u == nil:
		c.kept(k, r, now)
	default:
		c.afterUpload(k, u, r, now)
	}
}

// kept frees the place of k on a connection that goes on.
func (c *conn) kept(k *call, r ending, now time.Time) {
	c.origin.answered(c, k, r, now)
	k.x.putIdle(c)
}

// afterUpload frees the connection once the request body has ended too.
func (c *conn) afterUpload(k *call, u *upload, r ending, now time.Time) {
	c.mu.Lock()
	u.answered = true
	ended, err := u.ended, u.err
	if u.refused {
		ended, err = true, errNotWanted
	}
	c.mu.Unlock()
	switch {
	case ended && err == nil:
		c.kept(k, r, now)
	case ended:
		c.kill(err)
	default:
		time.AfterFunc(lingering, func() { c.endLingering(u) })
	}
}

func (c *conn) endLingering(u *upload) {
	c.mu.Lock()
	ended := u.ended
	c.mu.Unlock()
	if !ended {
		c.kill(errUnfinished)
		u.abort()
	}
}

var errUnfinished = errors.New("dugonghttp: the response is complete, but the request body is not")

// lost ends the connection after an error of reading.
func (c *conn) lost(err error) {
	c.mu.Lock()
	n := len(c.queue)
	if n == 1 && c.queue[0].behind {
		n = 2 // it was lost behind one that was answered
	}
	c.mu.Unlock()
	var e *dugong.Error
	errors.As(err, &e)
	c.origin.lost(c, n, e)
	c.kill(err)
}
