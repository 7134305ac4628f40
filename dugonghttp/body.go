package dugonghttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
)

// A wholeBody is a body that was read already: it has no connection any more.
type wholeBody struct {
	mu     sync.Mutex
	rest   []byte
	closed bool
	eof    func() // once: fills in the trailer
}

func (b *wholeBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return 0, errReadOnClosed
	}
	if len(b.rest) > 0 {
		n := copy(p, b.rest)
		b.rest = b.rest[n:]
		return n, nil
	}
	if b.eof != nil {
		b.eof()
		b.eof = nil
	}
	return 0, io.EOF
}

func (b *wholeBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// A streamBody reads from the connection, whose reading role its caller holds
// until the body ends.
type streamBody struct {
	k   *call
	r   *dugong.Response
	eof func()

	mu     sync.Mutex
	first  []byte // read before
	got    int64  // of the body, first included
	over   error  // what comes from now on
	closed bool
}

func (b *streamBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, errReadOnClosed
	case len(b.first) > 0:
		n := copy(p, b.first)
		b.first = b.first[n:]
		return n, nil
	case b.over != nil:
		return 0, b.over
	}
	n, err := b.r.Body.Read(p)
	b.got += int64(n)
	b.k.countBody(n)
	switch {
	case err == nil && b.got == b.r.Length: // the end of a counted body is known with its last octet
		b.end()
	case err == io.EOF:
		b.end()
	case err != nil:
		b.fail(err)
	}
	if err != nil {
		err = b.over
	}
	return n, err
}

// end is called at the end of the body.
func (b *streamBody) end() {
	k, c := b.k, b.k.c
	b.over = io.EOF
	k.trailer = b.r.Body.Trailer()
	if b.eof != nil {
		b.eof()
	}
	c.mu.Lock()
	dead := c.dead != nil
	c.open = nil
	var now time.Time
	if !dead {
		now = c.shift(time.Time{})
	}
	c.mu.Unlock()
	if !dead {
		c.completed(k, endOf(b.r), now)
	}
	c.leave(k)
	k.over(nil)
	k.x.span.partDone()
}

// fail is called when the body broke off.
func (b *streamBody) fail(err error) {
	x := b.k.x
	if cause := x.canceled(); cause != nil {
		err = cause
	} else {
		b.k.c.lost(err)
	}
	switch b.over = (&Error{dugong.MaybeProcessed, err}); {
	case errors.Is(err, errBodyClosed):
		b.over = errReadOnClosed
	case errors.Is(err, io.ErrUnexpectedEOF):
		b.over = io.ErrUnexpectedEOF // itself: many compare
	}
	if errors.Is(err, context.DeadlineExceeded) {
		awaitCancel(x.req)
	}
	b.give()
}

// give leaves the rest of the body to others, who read it to its end if it is
// not too long, or ends the connection where nobody waits behind it.
func (b *streamBody) give() {
	k, c := b.k, b.k.c
	c.mu.Lock()
	k.abandoned = true
	others := false
	for _, q := range c.queue {
		others = others || !q.abandoned && !q.done
	}
	c.mu.Unlock()
	switch {
	case !others:
		c.kill(errNobodyWaits)
	case b.r.Length > maxDrained:
		c.kill(errLongAhead)
	}
	c.leave(k)
	k.up.abort()
	err := b.over
	if err == errReadOnClosed {
		err = errBodyClosed
	}
	k.over(err)
	k.x.cancel(nil)
}

// Close ends the body. What is left of it is thrown away if it is there
// already.
func (b *streamBody) Close() error {
	if !b.mu.TryLock() { // somebody reads
		b.k.x.cancel(errBodyClosed)
		b.mu.Lock()
	}
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	if b.over != nil {
		return nil
	}
	if b.skip() {
		b.end()
	} else {
		b.over = errReadOnClosed
		b.give()
	}
	return nil
}

// skip reports whether the rest of the body was there, and is gone.
func (b *streamBody) skip() bool {
	if b.r.Length > maxDrained {
		return false
	}
	b.r.Body.SetContext(trying)
	var buf [8 << 10]byte
	for sum := 0; sum < maxDrained; {
		n, err := b.r.Body.Read(buf[:])
		sum += n
		if err != nil {
			return err == io.EOF
		}
	}
	return false
}

// A rawBody is what follows a 101 or a 2xx to CONNECT: it can be written too.
type rawBody struct {
	io.ReadWriteCloser
	stop func() bool
	x    *exchange
}

func (b *rawBody) Close() error {
	b.stop()
	err := b.ReadWriteCloser.Close()
	b.x.cancel(nil)
	return err
}

var _ io.Writer = (*rawBody)(nil)
var _ io.ReadCloser = http.NoBody
