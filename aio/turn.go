package aio

import "time"

// A turn: everybody who was ready when it began is resumed once, then the
// descriptors and the clock are looked at. So a task that is always ready holds
// up nobody, and neither descriptors nor timers starve behind ten thousand of
// them.
func (l *Loop) turn() {
	l.now = time.Now()
	l.collect()
	l.strike()
	l.next()
	for l.at < len(l.batch) {
		t := l.batch[l.at]
		l.batch[l.at] = nil
		l.at++
		if t.state == ready {
			l.step(t)
		}
	}
	l.counts.turns.Add(1)
	l.look()
}

// next makes those who are ready the batch of this turn. Something is left of
// the last one only if a task ended Run by runtime.Goexit.
func (l *Loop) next() {
	rest := l.batch[l.at:]
	if len(rest) > 0 {
		l.ready = append(rest, l.ready...)
		l.batch = nil
	}
	l.batch, l.ready, l.at = l.ready, l.batch[:0], 0
}

// collect takes what other goroutines, and tasks, have left: new tasks, and
// such as are to be resumed. Their claims on descriptors end here, before
// anybody claims the same descriptor for another connection.
func (l *Loop) collect() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, t := range l.inbox {
		l.inbox[i] = nil
		t.mailed = false
		switch t.state {
		case fresh, waiting:
			l.makeReady(t)
		case ready:
			t.retry = nil
		case running:
			t.again = true
		}
	}
	l.inbox = l.inbox[:0]
}

// post leaves a task in the inbox, for any goroutine.
func (l *Loop) post(t *task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !t.mailed && !t.over {
		t.mailed = true
		l.inbox = append(l.inbox, t)
		l.unpark()
	}
}

// makeReady ends the wait of a task.
func (l *Loop) makeReady(t *task) {
	l.leave(t)
	t.deadline = time.Time{}
	t.state = ready
	l.ready = append(l.ready, t)
}

// strike resumes those whose deadline has come.
func (l *Loop) strike() {
	for t := l.timers.due(l.now); t != nil; t = l.timers.due(l.now) {
		if t.state == waiting {
			l.makeReady(t)
		}
	}
}

// look takes the events of descriptors, and waits for some, or for a deadline,
// or for post, if nobody is ready.
func (l *Loop) look() {
	l.mu.Lock()
	block := len(l.ready) == 0 && len(l.inbox) == 0 && !l.halted && !l.closed && (len(l.live) > 0 || l.forever)
	if block {
		l.poll.prepare(l.now, l.timers.next())
		l.parked = true
	}
	l.mu.Unlock()
	if !block && l.armed == 0 {
		return
	}
	l.poll.wait(block, l.fired)
	if block {
		l.settle()
	}
}

// settle is the end of a wait.
func (l *Loop) settle() {
	l.mu.Lock()
	l.parked = false
	l.mu.Unlock()
}
