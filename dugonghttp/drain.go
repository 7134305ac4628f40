package dugonghttp

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dugong-http/dugong"
)

// clean reads the answers that nobody wants, for a short while. After that the
// connection is given up, unless somebody has come who waits behind them: he
// reads on.
func (c *conn) clean(role *call) {
	ctx, cancel := context.WithTimeout(context.Background(), cleaning)
	defer cancel()
	for c.unwanted() {
		switch _, err := c.readOne(ctx, role); {
		case err == nil:
		case errors.Is(err, dugong.ErrCanceled) && c.leaveToOthers(role):
			return
		default:
			c.kill(errNobodyWaits)
			return
		}
	}
	c.leave(role)
}

// leaveToOthers passes the reading role on, if there is anybody to take it.
func (c *conn) leaveToOthers(role *call) bool {
	c.mu.Lock()
	live := c.live()
	c.mu.Unlock()
	if live {
		c.leave(role)
	}
	return live
}

// live says whether somebody waits for an answer. mu is held.
func (c *conn) live() bool {
	for _, k := range c.queue {
		if !k.abandoned && !k.done {
			return true
		}
	}
	return false
}

// cleaning is how long an answer that was given up may take, so that its
// connection can be kept: about what a new one would cost.
const cleaning = 100 * time.Millisecond

// unwanted says whether the next answer was given up, and no fresh connection
// is the better way.
func (c *conn) unwanted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead == nil && len(c.queue) > 0 && c.queue[0].abandoned
}

// drain reads on in the body of an answer that was given up.
func (c *conn) drain(ctx context.Context, r *dugong.Response) error {
	r.Body.SetContext(ctx)
	var buf [8 << 10]byte
	for {
		n, err := r.Body.Read(buf[:])
		c.drained += int64(n)
		switch {
		case err == io.EOF:
			c.drainedTo(r)
			return nil
		case err != nil:
			return err
		case c.drained > maxDrained:
			return errTooMuch
		}
	}
}

// drainedTo is called at the end of r. The connection may have been ended
// meanwhile, by whoever was the last that could have used it.
func (c *conn) drainedTo(r *dugong.Response) {
	c.mu.Lock()
	c.open = nil
	if c.dead != nil {
		c.mu.Unlock()
		return
	}
	front := c.queue[0]
	now := c.shift(time.Time{})
	c.mu.Unlock()
	c.completed(front, endOf(r), now)
}

// errLongAhead is for those behind such an answer.
var errLongAhead = errors.New("dugonghttp: a response ahead on the connection was given up, and is too long to be read to its end")

var errTooMuch = errors.New("dugonghttp: a response that was given up is too large to be read to its end")
