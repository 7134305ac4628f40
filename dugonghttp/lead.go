package dugonghttp

import (
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong"
)

// maxBuffered bounds the body that is read for somebody else, and so the
// memory that an answer takes whose caller does not read. What is larger is
// read by its caller, and nothing more is sent on its connection meanwhile.
const maxBuffered = 64 << 10

// maxDrained bounds what is read of an answer that nobody wants before the
// connection is given up rather.
const maxDrained = 256 << 10

// lead reads until k is answered or must not read any more. k holds the
// reading role; at the end it has passed it on, or keeps it for its body.
func (c *conn) lead(k *call) {
	for {
		switch s, err := c.readWithin(k); {
		case err == errNothing || errors.Is(err, dugong.ErrCanceled):
			c.leave(k) // await sees the end of the connection, or of its context
			return
		case err != nil:
			c.lost(err)
			return
		case s == passedOn:
			return
		case s == answered:
			c.readAhead(k)
			c.leave(k)
			return
		}
	}
}

// A step is what became of the reading role with what was read.
type step int

const (
	goesOn   step = iota // it is still ours
	answered             // so it is, but we have our answer
	passedOn             // it went to the caller of the answer, who may be us
)

// errNothing: nobody waits for an answer.
var errNothing = errors.New("dugonghttp: no request is under way")

// readWithin is readOne with a limit for who was sent behind others.
func (c *conn) readWithin(k *call) (step, error) {
	if !c.hurries(k) {
		return c.readOne(k.x.ctx, k)
	}
	if s, err := c.readOne(trying, k); !errors.Is(err, errNotNow) {
		return s, err
	}
	c.mu.Lock()
	until, limited := c.patience(k)
	c.mu.Unlock()
	if !limited {
		return c.readOne(k.x.ctx, k)
	}
	ctx, cancel := context.WithDeadline(k.x.ctx, until)
	defer cancel()
	return c.readOne(ctx, k)
}

// readAhead hands out the answers that are there already: those who wait for
// them need not be woken to read them one by one.
func (c *conn) readAhead(k *call) {
	var now time.Time
	for n := 0; ; n++ {
		if n%sameTime == 0 {
			now = time.Now()
		}
		switch s, err := c.readOneAt(trying, k, now); {
		case err == nil && s != passedOn:
		case err == nil || err == errNothing || errors.Is(err, errNotNow):
			return
		default: // it is for the next reader, since k has his answer
			c.met = err
			return
		}
	}
}

// sameTime is of how many answers that are read one after the other the time is
// taken to be the same: a look at the clock costs as much as a lock.
const sameTime = 16

// leave passes the reading role on if k holds it.
func (c *conn) leave(k *call) {
	c.mu.Lock()
	mine := c.reader == k
	if mine {
		c.reader = nil
	}
	c.mu.Unlock()
	if mine {
		c.pass()
	}
}

// readOne reads the next thing that comes: an answer, or some of the body that
// nobody wants.
func (c *conn) readOne(ctx context.Context, k *call) (step, error) {
	return c.readOneAt(ctx, k, time.Time{})
}

// readOneAt is readOne for who knows what time it is.
func (c *conn) readOneAt(ctx context.Context, k *call, now time.Time) (step, error) {
	c.mu.Lock()
	open, front, wanted := c.open, (*call)(nil), false
	if len(c.queue) > 0 {
		front = c.queue[0]
		wanted = !front.abandoned
	}
	c.mu.Unlock()
	switch {
	case front == nil:
		return goesOn, errNothing
	case c.met != nil:
		return goesOn, c.met
	}
	if open != nil {
		return goesOn, c.drain(ctx, open)
	}
	if c.next == nil {
		c.next = responses.Get().(*dugong.Response)
	}
	r := c.next
	switch err := c.d.ReadResponseInto(ctx, r); {
	case err != nil:
		return goesOn, c.noResponse(front, err)
	case r.Status < 200 && r.Status != 101:
		c.next = nil // it may become his, with the role
		s, err := c.deliverInterim(front, k, r)
		if s == goesOn {
			c.next = r
		}
		return s, err
	}
	c.next = nil
	s := c.deliver(front, r, wanted, now)
	if s == answered && front != k {
		s = goesOn
	}
	return s, nil
}
