package dugonghttp

import (
	"container/list"
	"sync/atomic"

	"github.com/dugong-http/dugong/internal/inside"
)

// What is remembered about origins is bounded (Transport.MaxOrigins), since a
// crawler meets new ones for ever:
//
//   - Only an origin without connections is dropped. One that has some would
//     lose count of them, and MaxConnsPerHost would not hold.
//   - Of these the one goes that has been without them for longest. One whose
//     connection was handed over (ALPN) counts as without, but is not dropped
//     before the request is sent for which that was.
//   - Nobody watches idle connections, so an origin may seem to have one that
//     the server closed long ago. Where there is nothing else to drop, some
//     origins are looked at for these.
//
// Who found an origin just before it was dropped notices that in acquire and
// looks for it again.

// defaultMaxOrigins is the default of Transport.MaxOrigins: some six megabytes.
const defaultMaxOrigins = 10_000

// weeding is at how many origins a new one looks for connections that are
// closed. More than one, so that it gets better with each.
const weeding = 16

func (t *Transport) maxOrigins() int {
	if t.MaxOrigins == 0 {
		return defaultMaxOrigins
	}
	return t.MaxOrigins
}

// tooMany says whether there are more origins than should be. mu is held.
func (t *Transport) tooMany() bool {
	most := t.maxOrigins()
	return most > 0 && len(t.origins) > most
}

// A mark is the place of an origin among those that may be dropped. To change
// it both mu are needed, that of the origin first; to read e one is enough.
type mark struct {
	e       *list.Element // nil: it has connections
	dropped atomic.Bool   // who has it has to look for another one
}

// makeRoom is called after an origin was added, with no mu held.
func (t *Transport) makeRoom() {
	for _, o := range t.suspects() {
		o.weed()
	}
	for o := t.surplus(); o != nil; o = t.surplus() {
		o.dropUnused()
	}
}

// surplus gives the origin that is to be dropped next, if one is.
func (t *Transport) surplus() *origin {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.tooMany() || t.unused.Len() == 0 {
		return nil
	}
	return t.unused.Front().Value.(*origin)
}

// suspects gives some origins whose connections may be closed, if there is
// nothing else to drop.
func (t *Transport) suspects() (some []*origin) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.tooMany() || t.unused.Len() > 0 {
		return nil
	}
	for _, o := range t.origins { // in an order that is different each time
		if some = append(some, o); len(some) == weeding {
			break
		}
	}
	return some
}

// weed takes idle connections out of use that the server has closed.
func (o *origin) weed() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := len(o.idle) - 1; i >= 0; i-- {
		if c := o.idle[i]; !inside.Idle(c.d) {
			o.retireLocked(c)
			c.shut()
		}
	}
}

// dropUnused drops o, unless it has come into use again.
func (o *origin) dropUnused() {
	if o.tryTakeOut() {
		o.t.forgot(o.letGo())
	}
}

func (o *origin) tryTakeOut() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	if o.mark.e == nil {
		return false
	}
	o.takeOut()
	return true
}

// takeOut takes o out of the Transport. Both mu are held.
func (o *origin) takeOut() {
	o.inUse()
	o.mark.dropped.Store(true)
	delete(o.t.origins, o.key)
	o.t.unlearn(o.key)
}

// inUse takes o out of those that may be dropped. Both mu are held.
func (o *origin) inUse() {
	if o.mark.e != nil {
		o.t.unused.Remove(o.mark.e)
		o.mark.e = nil
	}
}

// connsBegin is called when o gets its first connection. mu is held.
func (o *origin) connsBegin() {
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	o.inUse()
}

// connsEnd is called when o may have lost its last connection, or was of use
// without one. Where there are too many and no older one is there to be
// dropped, it goes at once. mu is held.
func (o *origin) connsEnd() {
	if o.conns > 0 {
		return
	}
	o.t.mu.Lock()
	defer o.t.mu.Unlock()
	switch {
	case o.mark.dropped.Load():
	case o.mark.e != nil:
		o.t.unused.MoveToBack(o.mark.e)
	case o.t.tooMany() && o.t.unused.Len() == 0 && o.alt == nil:
		o.takeOut()
	default:
		o.mark.e = o.t.unused.PushBack(o)
	}
}
