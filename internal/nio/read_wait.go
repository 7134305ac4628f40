package nio

import (
	"sync"
	"time"
)

// A ReadWait is a wait for octets and the read that ends it: what the caller
// wants, what it brings, and what the calls below need. It is borrowed, by
// NewReadWait, for one call of Transport.ReadWait.
//
// Whoever waits has these calls on his stack, and with thousands of connections
// no stack stays in the processor's cache: so they hand on this one pointer, and
// keep little of their own.
type ReadWait struct {
	Idle  time.Duration // inactivity timeout, see Transport.Wait
	Limit *time.Time    // see Transport.WaitUntil; nil: none
	First BeforeWait    // asked between the first look, which found nothing, and parking; nil: nobody

	Into   []byte  // where to read to; empty: into a Buffer, which is borrowed when there is something
	Buffer *Buffer // what was read, the caller's to give back; nil: nothing, or it is in Into
	N      int     // octets that were read
	End    error   // how the stream has ended; nil: it has not

	leader
}

// A BeforeWait does what is to be done once it is known that nothing can be
// read and before anybody waits for it: it writes. Whatever comes from then on
// ends the wait, so nobody needs to ask the socket in between. It reports whether
// to wait at all. It may not wait itself, neither for octets nor for a lock: a
// Close waits for it.
type BeforeWait interface{ BeforeWait() bool }

var readWaits = sync.Pool{New: func() any { return new(ReadWait).made() }}

// NewReadWait borrows one, empty.
func NewReadWait() *ReadWait { return readWaits.Get().(*ReadWait) }

// Release gives it back. Nobody may use it after that.
func (w *ReadWait) Release() {
	w.clear()
	readWaits.Put(w)
}
