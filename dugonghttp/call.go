package dugonghttp

import (
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong"
)

// A call is one attempt of an exchange on one connection.
type call struct {
	x     *exchange
	c     *conn
	up    *upload // nil: no body
	nth   int64   // among those that were left to flush; 0: it left at once
	timer *time.Timer
	at    time.Time // when it was sent, or just before

	head, connect bool // it is a HEAD, a CONNECT

	sent     bool
	final    bool // its error ends the exchange
	reused   bool
	behind   bool  // others were on the connection when it was sent
	began    bool  // something of the answer has come
	ahead    int32 // how many were on the connection when it was sent
	interims int   // octets of 1xx responses

	// Guarded by conn.mu.
	ch        chan struct{}  // told to look again; room for one; nil as long as nobody waits
	done      bool           // there is an answer or an error
	abandoned bool           // nobody waits for the answer any more
	whole     bool           // data is all of the body
	described bool           // resp is in x.resp already, and nil here
	plain     bool           // no field of the answer needs looking at
	verdict   dugong.Verdict // of a call that was given up, when its connection has ended
	err       error
	heard     *dugong.Response // a 1xx response for its hook
	resp      *dugong.Response
	data      []byte // of the body, read already
	trailer   dugong.HeaderView
	tally     *tally // nil: nobody wants to know
}

// newCall makes the call of an attempt. What came of those before may still
// hold theirs.
func (x *exchange) newCall(c *conn) *call {
	k, wire := &x.first, &x.scratch.wire
	if k.x != nil {
		k = new(call)
	}
	k.x, k.c = x, c
	k.head, k.connect = wire.Method == "HEAD", wire.Method == "CONNECT"
	wire.Body, wire.ExpectContinue = dugong.RequestBody{}, false
	wire.Tag = k // by which Unanswered knows it
	return k
}

// fail makes the error of k, with what the decision to repeat needs. What ended
// because the exchange was ended says so.
func (k *call) fail(v dugong.Verdict, err error) error {
	var a *attemptError
	if errors.As(err, &a) {
		err = a.public.Err
	}
	if cause := k.x.canceled(); cause != nil {
		err = cause
	}
	return &attemptError{public: Error{v, err}, reused: k.reused || k.behind, stale: k.reused && v == dugong.NotProcessed, final: k.final}
}

// unsent is fail for a request whose connection had ended before it was sent.
func (k *call) unsent(err error) error {
	failure := k.fail(dugong.NotProcessed, err)
	var a *attemptError
	if errors.As(failure, &a) {
		a.unsent = true
	}
	return failure
}

// wakeUp makes the caller look again.
func (k *call) wakeUp() {
	select {
	case k.ch <- struct{}{}:
	default:
	}
}

// finish is called once there is an answer or an error. conn.mu is held.
func (k *call) finish() {
	k.done = true
	if k.timer != nil {
		k.timer.Stop()
	}
	k.wakeUp()
}

// limitHead starts ResponseHeaderTimeout, when the request is on its way.
func (k *call) limitHead() {
	d := k.x.t.ResponseHeaderTimeout
	if d <= 0 {
		return
	}
	k.c.mu.Lock()
	defer k.c.mu.Unlock()
	if !k.done && k.timer == nil {
		x := k.x
		k.timer = time.AfterFunc(d, func() { x.cancel(errHeaderTimeout) })
	}
}

// do sends the request and waits for its answer.
func (c *conn) do(k *call) error {
	if k.x.body != nil {
		if err := k.begin(); err != nil {
			return err
		}
	} else {
		if err := c.send(k); err != nil {
			return err
		}
		k.wrote(nil)
	}
	return c.await(k)
}

// await waits for the answer to k, reading for everybody where nobody does.
func (c *conn) await(k *call) error {
	for {
		c.mu.Lock()
		switch {
		case k.done:
			c.still(k)
			err := k.err
			c.mu.Unlock()
			return err
		case k.x.ctx.Err() != nil:
			c.mu.Unlock()
			if err := c.abandon(k); err != nil {
				return err
			}
			continue
		case c.overdue(k):
			return c.rescue(k)
		case k.heard != nil: // and the reading role came with it
			r := k.heard
			k.heard = nil
			c.mu.Unlock()
			if err := k.interim(r); err != nil {
				c.lost(err)
				continue
			}
			c.lead(k)
			continue
		case c.reader == nil:
			c.reader = k
			c.mu.Unlock()
			c.lead(k)
			continue
		}
		c.wait(k)
	}
}

// abandon gives k up because its exchange was ended. Its neighbours are left
// alone: its answer is drained when it comes. Where there are none, the
// connection is closed, which tells the server. It returns nil if the answer
// came first.
func (c *conn) abandon(k *call) error {
	c.mu.Lock()
	if k.done && k.err == nil {
		c.mu.Unlock()
		return nil
	}
	live := false
	k.abandoned = true
	for _, q := range c.queue {
		live = live || !q.abandoned
	}
	if c.reader == k {
		c.reader = nil
	}
	c.mu.Unlock()
	cause := context.Cause(k.x.ctx)
	switch {
	case !live:
		c.kill(errNobodyWaits)
		c.mu.Lock()
		defer c.mu.Unlock()
		if k.done {
			return k.fail(k.verdict, cause)
		}
	default:
		c.pass() // the role may have been offered to k
	}
	return k.fail(dugong.MaybeProcessed, cause)
}

// pass gives the reading role to whoever waits longest. Where all that is left
// was given up, somebody is found to read it.
func (c *conn) pass() {
	c.mu.Lock()
	if c.reader != nil || len(c.queue) == 0 {
		c.mu.Unlock()
		return
	}
	for _, k := range c.queue {
		if !k.abandoned && !k.done {
			k.wakeUp()
			c.mu.Unlock()
			return
		}
	}
	cleaner := &call{done: true}
	c.reader = cleaner
	c.mu.Unlock()
	if c.isLast() { // nobody would use it afterwards
		c.kill(errNobodyWaits)
		return
	}
	go c.clean(cleaner)
}

// isLast says whether nothing more is to be sent on c.
func (c *conn) isLast() bool {
	c.origin.mu.Lock()
	defer c.origin.mu.Unlock()
	return c.last || c.retired
}

var errNobodyWaits = errors.New("dugonghttp: all requests on the connection were given up")
