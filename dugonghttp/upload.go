package dugonghttp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
)

// An upload sends the body of a request from a goroutine of its own, as long as
// there is something to send: the answer may come before, and the body's source
// may block. Nothing else is on its connection.
type upload struct {
	k    *call
	x    *exchange
	ctx  context.Context // of x, and its span
	span *span
	body *requestBody
	wait chan bool // 100-continue: true, send; false, the body is not wanted
	once sync.Once // of wait
	sum  int64     // octets of the body that the connection has taken: not 0 in the beginning where it took some with the head

	// Guarded by conn.mu.
	refused  bool // it was not wanted
	ended    bool
	err      error
	answered bool // the response is complete, and waits for the upload to end
}

// lingering is how long a connection waits, after a complete response, for the
// end of the request body, before it is given up. The same as in net/http.
const lingering = 50 * time.Millisecond

// begin sends the head of a request with a body and starts the upload.
func (k *call) begin() error {
	x, c := k.x, k.c
	if k.connect { // its body goes into the tunnel
		if err := c.send(k); err != nil {
			return err
		}
		k.wrote(nil)
		return nil
	}
	if done, err := k.sendAtOnce(); done {
		return err
	}
	wire := &x.scratch.wire
	wire.ExpectContinue = x.expect
	if wire.Body = dugong.BodyChunked(); x.length >= 0 {
		wire.Body = dugong.BodyFollowing(x.length)
	}
	u := &upload{k: k, x: x, ctx: x.ctx, body: x.body, wait: make(chan bool, 1)}
	c.mu.Lock()
	k.up = u // before anybody can read an answer to k
	c.push(k)
	k.countStart()
	c.mu.Unlock()
	err := c.d.SendRequest(x.ctx, wire)
	if err != nil && !c.accepted(k) {
		c.mu.Lock()
		c.shift(time.Time{})
		k.up = nil
		c.mu.Unlock()
		return c.notSent(k, err)
	}
	k.sent, x.spent = true, true
	k.start()
	return nil
}

// start lets the upload send what follows the head.
func (k *call) start() {
	x := k.x
	k.up.span = x.span
	k.up.span.parts.Add(1)
	k.part()
	k.wroteHeaders()
	if h := x.trace.Wait100Continue; h != nil && x.expect {
		h()
	}
	go k.up.run()
}

// proceed lets the body go, once.
func (u *upload) proceed() { u.tell(true) }

// abort ends the upload as soon as may be.
func (u *upload) abort() {
	if u != nil {
		u.tell(false)
		u.body.Close()
	}
}

func (u *upload) tell(send bool) {
	if u != nil {
		u.once.Do(func() { u.wait <- send })
	}
}

// settle is called with the final head. If that came instead of a 100, and does
// not close, the server may wait for the octets of the body all the same: a
// small one is sent, for what it is worth, but nothing is sent behind it.
func (u *upload) settle(r *dugong.Response) {
	if u == nil || !u.x.expect {
		return
	}
	if !r.Close && u.x.length >= 0 && u.x.length <= maxDrained {
		u.once.Do(func() {
			u.k.c.origin.lastOn(u.k.c)
			u.wait <- true
		})
	}
	u.once.Do(func() {
		u.k.c.mu.Lock()
		u.refused = true
		u.k.c.mu.Unlock()
		u.wait <- false
	})
}

func (u *upload) run() {
	err := u.send()
	if cerr := u.body.Close(); err == nil {
		err = cerr
	}
	u.k.wroteRequest(err)
	u.counted()
	u.finish(err)
	u.k.over(nil)
	u.span.partDone()
}

func (u *upload) send() error {
	if u.x.expect {
		select {
		case send := <-u.wait:
			if !send {
				return errNotWanted
			}
		case <-u.ctx.Done():
			return context.Cause(u.ctx)
		}
	}
	return u.copy()
}

var errNotWanted = errors.New("dugonghttp: the request body was not sent, since a final response came first")

func badLength(announced, found int64) error {
	return &sourceError{fmt.Errorf("http: ContentLength=%d with Body length %d", announced, found)}
}

var buffers = sync.Pool{New: func() any { return new([32 << 10]byte) }}

// copy sends the body up to its end, which must be where it was announced.
func (u *upload) copy() error {
	buf := buffers.Get().(*[32 << 10]byte)
	defer buffers.Put(buf)
	sum := u.sum
	for {
		n, err := u.body.Read(buf[:])
		p := buf[:n]
		if left := u.x.length - sum; u.x.length >= 0 && int64(n) > left {
			p = p[:left]
		}
		if sum += int64(n); len(p) > 0 {
			if werr := u.write(p); werr != nil {
				return werr
			}
		}
		switch {
		case u.x.length >= 0 && sum > u.x.length:
			return badLength(u.x.length, sum)
		case err == io.EOF:
			return u.complete(sum)
		case err != nil:
			return &sourceError{err}
		}
	}
}

// write sends p, though the response be here already: the server may read on.
// All of it leaves before the body is asked for more, which may be an answer to
// what was sent.
func (u *upload) write(p []byte) error {
	d := u.k.c.d
	for len(p) > 0 {
		n, err := d.Write(p)
		p, u.sum = p[n:], u.sum+int64(n)
		if err != nil && !errors.Is(err, dugong.ErrEarlyResponse) {
			return err
		}
	}
	return d.Flush(u.ctx)
}

func (u *upload) complete(sum int64) error {
	if u.x.length >= 0 {
		if sum < u.x.length {
			return badLength(u.x.length, sum)
		}
		return nil
	}
	err := u.k.c.d.EndBody(dugong.FromMap(u.x.req.Trailer))
	if errors.Is(err, dugong.ErrEarlyResponse) {
		err = u.k.c.d.EndBody(dugong.FromMap(u.x.req.Trailer))
	}
	return err
}

// counted is called when nothing more is sent.
func (u *upload) counted() {
	c := u.k.c
	c.mu.Lock()
	defer c.mu.Unlock()
	u.k.countEnd(u.sum)
}

// finish says how it went to those who wait for it.
func (u *upload) finish(err error) {
	c := u.k.c
	c.mu.Lock()
	u.ended, u.err = true, err
	answered := u.answered
	c.mu.Unlock()
	var source *sourceError
	switch {
	case answered && err == nil:
		c.kept(u.k, endOf(u.k.resp), time.Now())
	case answered:
		c.kill(err)
	case errors.As(err, &source):
		u.k.final = true
		c.kill(source)
	case err == nil:
		u.k.limitHead()
	case !errors.Is(err, errNotWanted) && u.ctx.Err() == nil:
		// The answer that says why may be on its way. But it may also be that
		// nobody but us knows, and that the server waits for the rest.
		time.AfterFunc(lingering, func() { c.endUnsent(u.k, err) })
	}
}

// endUnsent ends the connection of a request whose body could not be sent, if
// there is no answer.
func (c *conn) endUnsent(k *call, err error) {
	c.mu.Lock()
	done := k.done
	c.mu.Unlock()
	if !done {
		c.kill(err)
	}
}
