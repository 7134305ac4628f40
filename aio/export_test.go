package aio

// Left counts what a loop still keeps of its tasks: registrations, memories of
// descriptors, timers and places in queues.
func (l *Loop) Left() (watched, slots, timers, queued int) {
	return l.armed, len(l.slots), len(l.timers), len(l.ready) + len(l.inbox)
}
