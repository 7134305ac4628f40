package dugonghttp

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/dugong-http/dugong"
)

// clean reads the answers that nobody wants, for a short while.
func (c *conn) clean(role *call) {
	ctx, cancel := context.WithTimeout(context.Background(), cleaning)
	defer cancel()
	for c.unwanted() {
		if _, err := c.readOne(ctx, role); err != nil {
			c.kill(errNobodyWaits)
			return
		}
	}
	c.leave(role)
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
			c.mu.Lock()
			front := c.queue[0]
			c.open = nil
			now := c.shift()
			c.mu.Unlock()
			c.completed(front, endOf(r), now)
			return nil
		case err != nil:
			return err
		case c.drained > maxDrained:
			return errTooMuch
		}
	}
}

var errTooMuch = errors.New("dugonghttp: a response that was given up is too large to be read to its end")
