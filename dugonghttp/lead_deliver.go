package dugonghttp

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/inside"
)

// noResponse sorts out the errors of ReadResponse that are none.
func (c *conn) noResponse(front *call, err error) error {
	var e *dugong.Error
	if errors.As(err, &e) && e.Kind == dugong.ErrConnectionTimedOut && e.Phase == dugong.PhaseWait100 && e.Err == nil {
		front.up.proceed()
		return nil
	}
	return err
}

// deliver gives an answer to its caller, who wanted it before it was read: whole
// if it is small and there, else with the reading role.
func (c *conn) deliver(front *call, r *dugong.Response, wanted bool, now time.Time) step {
	end := endOf(r) // whose call may be done with r as soon as he has it
	front.firstByte()
	tunnel := front.tunnel(r.Status)
	data, whole, err := []byte(nil), true, error(nil)
	switch {
	case tunnel:
	case !wanted:
		c.setOpen(r)
		return goesOn
	default:
		data, whole, err = take(r)
	}
	front.up.settle(r)
	describe := whole && !tunnel && err == nil && front.up == nil && r.Length >= 0
	var header http.Header
	var plain bool
	if describe {
		header, plain = c.names.header(r.Header)
	}
	c.mu.Lock()
	front.resp, front.data, front.whole = r, data, whole
	if r.Length < 0 {
		front.trailer = r.Body.Trailer()
	}
	front.countBody(len(data))
	if errors.Is(err, dugong.ErrUnsupportedResponse) && !front.abandoned { // that exchange may be elsewhere by now
		front.final = true
		front.err = front.fail(dugong.MaybeProcessed, err)
	}
	switch {
	case front.abandoned && !whole: // since we looked
		c.open, c.drained = r, 0
		c.mu.Unlock()
		return goesOn
	case front.err != nil:
		front.finish()
		c.mu.Unlock()
		c.kill(err)
		return answered
	case tunnel:
		c.reader = front
		front.finish()
		c.mu.Unlock()
		return passedOn
	case !whole:
		c.open, c.reader = r, front
		front.finish()
		c.mu.Unlock()
		c.origin.streams(c)
		return passedOn
	}
	if describe {
		c.describe(front, r, header, plain)
	}
	now = c.shift(now)
	front.finish()
	c.mu.Unlock()
	c.completed(front, end, now)
	return answered
}

// describe makes the http.Response of k, the first in the queue, from r, so that r
// can be used for the next answer: one of them for all who wait stays in the
// processor's cache. A connection on which nobody waits keeps none. mu is held.
func (c *conn) describe(k *call, r *dugong.Response, header http.Header, plain bool) {
	if k.abandoned || k.x.resp.StatusCode != 0 { // its exchange is elsewhere by now, or has been refused one by CheckResponse
		return
	}
	k.describe(&k.x.resp, r, header, plain)
	k.described, k.resp = true, nil
	if len(c.queue) > 1 {
		c.next = r
	} else {
		responses.Put(r)
	}
}

// shift takes the first call off the queue, and says when: now, if that is
// known. mu is held.
func (c *conn) shift(now time.Time) time.Time {
	if now.IsZero() || now.Before(c.progress) { // not known, or before the one ahead was answered
		now = time.Now()
	}
	if len(c.queue) > 0 {
		c.countAnswer(c.queue[0])
		c.queue[0] = nil
		if c.queue = c.queue[1:]; len(c.queue) == 0 {
			c.queue = c.room[:0]
		}
	}
	c.progress = now
	if len(c.queue) > 0 {
		c.queue[0].countFirst(now)
	}
	return now
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
	if data := inside.Arrived(r.Body); data != nil {
		return data, true, nil
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
