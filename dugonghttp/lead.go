package dugonghttp

import (
	"context"
	"errors"
	"io"
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
		switch more, err := c.readWithin(k); {
		case errors.Is(err, dugong.ErrCanceled):
			c.leave(k) // await sees the end of its context
			return
		case err != nil:
			c.lost(err)
			return
		case !more:
			return
		}
		if c.isDone(k) {
			c.readAhead(k)
			c.leave(k)
			return
		}
	}
}

// readWithin is readOne with a limit for who was sent behind others.
func (c *conn) readWithin(k *call) (bool, error) {
	if !k.behind {
		return c.readOne(k.x.ctx, k)
	}
	c.mu.Lock()
	d, limited := c.patience(k)
	c.mu.Unlock()
	if !limited {
		return c.readOne(k.x.ctx, k)
	}
	if more, err := c.readOne(trying, k); !errors.Is(err, errNotNow) {
		return more, err
	}
	ctx, cancel := context.WithTimeout(k.x.ctx, d)
	defer cancel()
	return c.readOne(ctx, k)
}

// readAhead hands out the answers that are there already: those who wait for
// them need not be woken to read them one by one.
func (c *conn) readAhead(k *call) {
	for c.waiting() {
		if more, err := c.readOne(trying, k); err != nil || !more {
			return // an error comes again for the next reader
		}
	}
}

func (c *conn) waiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) > 0 && c.dead == nil
}

func (c *conn) isDone(k *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return k.done
}

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
// nobody wants. more is false if the role has gone to the answer's caller, who
// may be k himself.
func (c *conn) readOne(ctx context.Context, k *call) (more bool, err error) {
	c.mu.Lock()
	open, front := c.open, (*call)(nil)
	if len(c.queue) > 0 {
		front = c.queue[0]
	}
	c.mu.Unlock()
	if front == nil {
		return true, nil // killed; k knows
	}
	if open != nil {
		return true, c.drain(ctx, open)
	}
	if c.next == nil {
		c.next = responses.Get().(*dugong.Response)
	}
	r := c.next
	switch err := c.d.ReadResponseInto(ctx, r); {
	case err != nil:
		return c.noResponse(front, err)
	case r.Status < 200 && r.Status != 101:
		c.next = nil // it may become his, with the role
		more, err := c.deliverInterim(front, k, r)
		if more {
			c.next = r
		}
		return more, err
	}
	c.next = nil
	return c.deliver(front, r), nil
}

// noResponse sorts out the errors of ReadResponse that are steps.
func (c *conn) noResponse(front *call, err error) (bool, error) {
	var e *dugong.Error
	if errors.As(err, &e) && e.Kind == dugong.ErrConnectionTimedOut && e.Phase == dugong.PhaseWait100 && e.Err == nil {
		front.up.proceed()
		return true, nil
	}
	return true, err
}

// deliver gives an answer to its caller: whole if it is small and there, else
// with the reading role. It reports whether the role is still ours.
func (c *conn) deliver(front *call, r *dugong.Response) bool {
	end := endOf(r) // whose call may be done with r as soon as he has it
	front.firstByte()
	tunnel := front.tunnel(r.Status)
	data, whole, err := []byte(nil), true, error(nil)
	switch {
	case tunnel:
	case !c.wanted(front):
		c.setOpen(r)
		return true
	default:
		data, whole, err = take(r)
	}
	front.up.settle(r)
	c.mu.Lock()
	front.resp, front.data, front.whole, front.trailer = r, data, whole, r.Body.Trailer()
	front.countBody(len(data))
	if errors.Is(err, dugong.ErrUnsupportedResponse) {
		front.final = true
		front.err = front.fail(dugong.MaybeProcessed, err)
	}
	switch {
	case front.abandoned && !whole: // since we looked
		c.open, c.drained = r, 0
		c.mu.Unlock()
		return true
	case front.err != nil:
		front.finish()
		c.mu.Unlock()
		c.kill(err)
		return true
	case tunnel:
		c.reader = front
		front.finish()
		c.mu.Unlock()
		return false
	case !whole:
		c.open, c.reader = r, front
		front.finish()
		c.mu.Unlock()
		c.origin.streams(c)
		return false
	}
	c.shift()
	front.finish()
	c.mu.Unlock()
	c.completed(front, end)
	return true
}

// shift takes the first call off the queue. mu is held.
func (c *conn) shift() {
	if len(c.queue) > 0 {
		c.countAnswer(c.queue[0])
		c.queue[0] = nil
		if c.queue = c.queue[1:]; len(c.queue) == 0 {
			c.queue = c.room[:0]
		}
	}
	c.progress = time.Now()
	if len(c.queue) > 0 {
		c.queue[0].first = c.progress
	}
}

func (c *conn) wanted(k *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !k.abandoned
}

func (c *conn) setOpen(r *dugong.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open, c.drained = r, 0
}

// take reads as much of a small body as is there.
func take(r *dugong.Response) (data []byte, whole bool, err error) {
	if r.Length == 0 {
		return nil, true, nil
	}
	if r.Length > maxBuffered {
		return nil, false, nil
	}
	size := r.Length
	if size < 0 {
		size = 512
	}
	r.Body.SetContext(trying)
	buf := make([]byte, 0, size+1) // the end is seen with the last octet, but a full buffer would grow
	for len(buf) < maxBuffered {
		n, err := r.Body.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case err == io.EOF:
			return buf, true, nil
		case err != nil && len(buf) == 0:
			return nil, false, err
		case err != nil: // it comes again
			return buf, false, nil
		case int64(len(buf)) == r.Length:
			return buf, true, nil
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
	return buf, false, nil
}
