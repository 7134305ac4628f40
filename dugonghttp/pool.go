package dugonghttp

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// An origin is a server (or a proxy for plain requests) with its connections
// and what was learnt about it.
//
// A request takes a connection that is idle, or one on which it may queue, or
// waits: for one that is being made for it, or for any other that gets free
// before. Who waits longest is served first.
type origin struct {
	t   *Transport
	key originKey

	mu    sync.Mutex
	conns int     // all there are, those being made included
	idle  []*conn // nothing in flight; the last was used last
	busy  []*conn // something in flight on which others may queue
	wants []*want // in order of asking
	// current is the one of busy that got the last request.
	current *conn
	alt     http.RoundTripper // who took a connection by ALPN
	// closing: since CloseIdleConnections nobody has asked for a connection, so
	// one that becomes idle only now is not kept either. Its caller may have had
	// his answer long since, and a goroutine be about to end his request's body.
	closing bool

	facts facts
	// headLimit is what follows from facts for HeadOfLineLimit, in nanoseconds.
	headLimit atomic.Int64
	mark      mark // for being dropped
}

// A want is a request that waits for a connection.
type want struct {
	x         *exchange
	ch        chan got // of room for one
	since     time.Time
	dialing   bool
	impatient bool               // it does not wait for others any more
	stop      context.CancelFunc // of the dial
}

// got is what a request gets: a connection with its place on it reserved.
type got struct {
	conn   *conn
	alt    http.RoundTripper
	err    error
	reused bool
	idleAt time.Time // zero: it was not idle
	at     time.Time // that was just now; zero: it had to be waited for
}

func (g *got) info(now time.Time) httptrace.GotConnInfo {
	i := httptrace.GotConnInfo{Conn: g.conn.net, Reused: g.reused, WasIdle: !g.idleAt.IsZero()}
	if i.WasIdle {
		i.IdleTime = now.Sub(g.idleAt)
	}
	return i
}

// origin returns the record of where r leads.
func (t *Transport) origin(r *route) *origin {
	o, added := t.find(r)
	if added {
		t.makeRoom()
	}
	return o
}

func (t *Transport) find(r *route) (_ *origin, added bool) {
	if o := r.origin.Load(); o != nil && !o.mark.dropped.Load() {
		return o, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	o := t.origins[r.key]
	if o == nil {
		if t.origins == nil {
			t.origins = map[originKey]*origin{}
		}
		o, added = &origin{t: t, key: r.key, facts: t.factsFor(r.key)}, true
		o.setUsual()
		t.origins[r.key] = o
	}
	r.origin.Store(o)
	return o, added
}

// acquire finds a connection for x and reserves a place on it.
func (o *origin) acquire(x *exchange) (got, error) {
	o.mu.Lock()
	o.closing = false
	if o.alt != nil {
		defer o.mu.Unlock()
		o.connsEnd()
		return got{alt: o.alt}, nil
	}
	if o.oldest() == nil || !o.oldest().long() {
		now := time.Now()
		if g := o.pick(x, now); g.conn != nil {
			o.mu.Unlock()
			g.at = now
			return g, nil
		}
	}
	if o.mark.dropped.Load() {
		o.mu.Unlock()
		return o.t.origin(x.route).acquire(x)
	}
	w := &want{x: x, ch: make(chan got, 1), since: time.Now()}
	o.wants = append(o.wants, w)
	o.dialNext()
	shares := !w.dialing
	o.mu.Unlock()
	var late <-chan time.Time
	if most := o.headOfLine(); shares && most > 0 {
		t := time.NewTimer(most)
		defer t.Stop()
		late = t.C
	}
	for {
		select {
		case g := <-w.ch:
			return g, g.err
		case <-x.ctx.Done():
			o.forget(w)
			return got{}, context.Cause(x.ctx)
		case <-late: // those ahead take long
			o.mu.Lock()
			w.impatient = true
			o.dialNext()
			o.mu.Unlock()
		}
	}
}

// forget takes back a want. What it was given meanwhile goes to others.
func (o *origin) forget(w *want) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drop(w)
	if w.stop != nil {
		w.stop()
	}
	select {
	case g := <-w.ch:
		if g.conn != nil {
			o.unreserve(g.conn)
			o.offer(g.conn)
		}
	default:
	}
}

func (o *origin) drop(w *want) {
	if i := slices.Index(o.wants, w); i >= 0 {
		o.wants = slices.Delete(o.wants, i, i+1)
	}
}

// release gives back the place of one request that is answered, or given up.
func (o *origin) release(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.unreserve(c)
	o.offer(c)
}

// lastOn says that nothing more is to be sent on c.
func (o *origin) lastOn(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.last = true
}

// retire takes c out of use: it is closed, or will be when what is on it is
// done. It may be called more than once.
func (o *origin) retire(c *conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.retireLocked(c)
}

func (o *origin) retireLocked(c *conn) {
	if c.retired {
		return
	}
	c.retired = true
	o.wake(c)
	o.notBusy(c)
	o.conns--
	o.dialNext()
	o.connsEnd()
}
