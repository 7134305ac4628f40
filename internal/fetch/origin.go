package fetch

import (
	"context"
	"sync/atomic"
)

// An origin is one server with its queue and what was learnt of it. All of it
// is guarded by engine.mu, except e and site, which do not change.
type origin struct {
	e    *engine
	site *site

	queue    queue
	workers  int
	hungry   int // workers that have just begun or are idle: each will take a task
	live     int // connections that are there or being made
	watchers map[*watch]struct{}

	depth  int // most in flight on one connection
	limit  int // requests that a connection bears; 0: not known
	silent int // answers before the last silent close
	broken int // connections in a row that ended as in brokenOff

	spent atomic.Int32 // connections in a row as of worker.spent, without an answer at any of the origin's; see hopeless
}

// hopeless is how many connections in a row, each without an answer and the
// last one for some document, show that an origin has no answers to give.
// Fewer would let a document that always breaks its connection take others
// with it.
const hopeless = 3

// staff begins another worker if there is work for it. mu is held.
func (o *origin) staff() {
	for o.workers < o.e.opt.Connections && o.queue.len() > o.hungry && o.e.ctx.Err() == nil {
		o.workers++
		o.hungry++
		w := &worker{o: o, e: o.e, hungry: true}
		o.e.workers.Go(w.run)
	}
}

// A watch is a context that ends when a worker of the origin should look again:
// a job has come, no more will come, or somebody wants a connection.
type watch struct {
	context.Context
	cancel context.CancelFunc
}

// watch begins a watch. mu is held, so that nothing is missed between the look
// and the watch.
func (o *origin) watch() *watch {
	ctx, cancel := context.WithCancel(o.e.ctx)
	v := &watch{ctx, cancel}
	o.watchers[v] = struct{}{}
	return v
}

// wake ends all watches. mu is held.
func (o *origin) wake() {
	for v := range o.watchers {
		v.cancel()
	}
	clear(o.watchers)
}

func (o *origin) unwatch(v *watch) {
	v.cancel()
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	delete(o.watchers, v)
}

// giveBack puts tasks before all others.
func (o *origin) giveBack(tasks ...*task) {
	if len(tasks) == 0 {
		return
	}
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	o.queue.unpop(tasks...)
	o.staff()
	o.wake()
}

// giveUp finishes all that is queued, for the reason given. What comes later
// begins anew.
func (o *origin) giveUp(why error) {
	o.e.mu.Lock()
	var tasks []*task
	for t := o.queue.pop(); t != nil; t = o.queue.pop() {
		tasks = append(tasks, t)
	}
	o.e.mu.Unlock()
	for _, t := range tasks {
		o.e.finish(t, "", why)
	}
}

// single: the origin does not bear pipelining.
func (o *origin) single() {
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	o.depth = 1
}

// breaks is how many connections in a row, broken off in the middle of what was
// in flight, show that an origin does not bear pipelining. A limit on requests
// shows after two, and is kept to from then on.
const breaks = 3

// brokenOff learns from a connection that was closed without a word before all
// in flight was answered. Some servers answer a part of a pipeline, wait for new
// octets, and close after a while; no timeout shows that if they are quicker.
func (o *origin) brokenOff(answered, unanswered int) {
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	if unanswered < 2 || answered >= 2*o.e.opt.Depth { // it bears that much, or may be about something else
		o.broken = 0
		return
	}
	if o.broken++; o.broken >= breaks {
		o.depth = 1
	}
}

// closedAfter learns from a connection that ended after n answers. One that
// was not announced counts when it has happened twice at the same place.
func (o *origin) closedAfter(n int, announced bool) {
	o.e.mu.Lock()
	defer o.e.mu.Unlock()
	if announced || n == o.silent {
		o.limit = n
	}
	if !announced {
		o.silent = n
	}
}
