package aio

import (
	"time"
)

// A poller watches descriptors for a loop. The loop's goroutine alone uses it,
// except for wake.
type poller interface {
	// arm watches fd for the events, once, in place of what it was watched for.
	// If known, it has probably been armed before, and perhaps was closed since.
	arm(fd int, want uint32, known bool) error
	// forget watches fd no more, which may be closed already.
	forget(fd int)
	// prepare is called before a wait that blocks, with the limit of the wait
	// (zero: none). From then on wake ends the wait, or the next one; it may
	// end early for no reason.
	prepare(now, until time.Time)
	// wait tells found of all events there are. If block is set, and there are
	// none, it waits for some.
	wait(block bool, found func(fd int, got uint32))
	// wake is called by any goroutine, not at the same time as prepare.
	wake()
	close()
}

// A bell is a poller without descriptors.
type bell struct {
	rung  chan struct{}
	until time.Time
}

func newBell() *bell { return &bell{rung: make(chan struct{}, 1)} }

func (b *bell) arm(int, uint32, bool) error { panic("aio: no task of this loop has a descriptor") }
func (b *bell) forget(int)                  {}
func (b *bell) close()                      {}
func (b *bell) prepare(_, until time.Time)  { b.until = until }

func (b *bell) wake() {
	select {
	case b.rung <- struct{}{}:
	default:
	}
}

func (b *bell) wait(block bool, _ func(int, uint32)) {
	if !block {
		return
	}
	var alarm <-chan time.Time
	if !b.until.IsZero() {
		timer := time.NewTimer(time.Until(b.until))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-b.rung:
	case <-alarm:
	}
}
