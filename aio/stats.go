package aio

import "sync/atomic"

type counts struct {
	turns, resumed, events, armed atomic.Int64
	watched                       atomic.Int64
}

// Stats says what a loop has done and has now.
type Stats struct {
	Tasks   int   // that have not ended, those of GoBlocking included
	Watched int   // descriptors that are watched at the moment
	Turns   int64 // of the loop
	Resumed int64 // how often a task was started or resumed
	Events  int64 // how many events of descriptors came
	Armed   int64 // how often the poller was told to watch a descriptor
}

// Stats may be called by anybody at any time.
func (l *Loop) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &l.counts
	return Stats{
		Tasks: len(l.live), Watched: int(c.watched.Load()),
		Turns: c.turns.Load(), Resumed: c.resumed.Load(), Events: c.events.Load(), Armed: c.armed.Load(),
	}
}
