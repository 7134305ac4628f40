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

// dialNext makes connections for those who wait and have none being made, as
// many as may be, and no more than they need who can share one. mu is held.
func (o *origin) dialNext() {
	places := 0 // on connections that are being made
	for _, w := range o.wants {
		if w.dialing && w.x.pipes {
			places += o.depth() - 1
		}
	}
	for _, w := range o.wants {
		shares := w.x.pipes && !w.x.alone && !w.x.fresh && !w.impatient
		switch most := o.t.MaxConnsPerHost; {
		case w.dialing:
		case most > 0 && o.conns >= most:
			return
		case shares && places > 0:
			places--
		default:
			if w.x.pipes {
				places += o.depth() - 1
			}
			o.startDial(w)
		}
	}
}

// startDial lets w have a connection of its own. The dial outlives its request
// where that finds another connection, but not where nobody wants it any more.
// mu is held.
func (o *origin) startDial(w *want) {
	w.dialing = true
	if o.conns++; o.conns == 1 {
		o.connsBegin()
	}
	var ctx context.Context
	ctx, w.stop = context.WithCancel(context.WithoutCancel(w.x.ctx))
	go o.dial(ctx, w)
}

// dial makes a connection for w.
func (o *origin) dial(ctx context.Context, w *want) {
	begun := time.Now()
	c, alt, err := o.connect(ctx, w.x)
	w.stop()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.facts.dial = time.Since(begun)
	o.setUsual()
	waits := slices.Contains(o.wants, w)
	switch {
	case err != nil:
		o.conns--
		if waits {
			o.drop(w)
			w.ch <- got{err: err}
		}
	case alt != nil:
		o.conns--
		o.alt = alt
		for _, w := range o.wants {
			w.ch <- got{alt: alt}
		}
		o.wants = nil
	default:
		if waits {
			o.drop(w)
			w.ch <- o.reserve(c, w.x, time.Now())
		}
		o.offer(c)
	}
	o.dialNext()
	o.connsEnd()
}

func (o *origin) dropAlt(alt http.RoundTripper) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.alt == alt {
		o.alt = nil
	}
}

// longestTurn is how long a request that cannot share waits while others go past
// it, on connections that they can share.
const longestTurn = 250 * time.Millisecond

// oldest is who waits longest and gets no connection of its own; nil: nobody.
// mu is held.
func (o *origin) oldest() *want {
	for _, w := range o.wants {
		if !w.dialing {
			return w
		}
	}
	return nil
}

// long: nobody goes past it any more.
func (w *want) long() bool { return time.Since(w.since) >= longestTurn }

// offer gives what room c has to those who wait, then lets it be idle. mu is
// held.
func (o *origin) offer(c *conn) {
	if w := o.oldest(); w != nil && w.x.fresh && c.inFlight == 0 && !c.retired && c.taken > 0 {
		o.retireLocked(c) // which makes room for the new one that w wants
		c.shut()
		return
	}
	for i := 0; i < len(o.wants); {
		w := o.wants[i]
		if !o.fits(c, w.x, time.Now()) {
			if i++; !w.dialing && w.long() {
				break
			}
			continue
		}
		o.wants = slices.Delete(o.wants, i, i+1)
		w.ch <- o.reserve(c, w.x, time.Now())
	}
	switch {
	case c.inFlight > 0 || c.retired:
	case c.last:
		o.retireLocked(c)
		c.shut()
	default:
		o.rest(c)
	}
}

// reserve puts x on c. mu is held.
func (o *origin) reserve(c *conn, x *exchange, now time.Time) got {
	g := got{conn: c, reused: c.taken > 0, idleAt: c.idleAt}
	if c.inFlight == 0 {
		c.rested = c.idleAt
		o.wake(c)
		c.pipes, c.cred = x.pipes && !x.alone, x.cred // behind who is alone there may be nobody: he might send first
		c.since, c.first = now, x.pipes
		if c.pipes {
			o.busy = append(o.busy, c)
		}
	}
	c.inFlight++
	c.piped = c.piped || c.inFlight > 1
	if c.taken++; o.facts.limit > 0 && c.taken >= o.facts.limit {
		c.last = true
	}
	return g
}

// unreserve takes one place on c back. mu is held.
func (o *origin) unreserve(c *conn) {
	if c.inFlight--; c.inFlight == 0 {
		if c.most = 0; c.pipes {
			o.notBusy(c)
		}
	}
}

func (o *origin) notBusy(c *conn) {
	if i := slices.Index(o.busy, c); i >= 0 {
		o.busy = slices.Delete(o.busy, i, i+1)
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
