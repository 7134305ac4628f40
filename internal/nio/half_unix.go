//go:build unix

package nio

import (
	"sync"
	"time"
)

// A half is one direction of a sock, as far as waiting goes.
//
// The poller lets one goroutine park for a direction; a second one would queue
// for its lock, where no wake could reach it, and be overtaken for ever by a
// first one that comes back at once. So only one waiter, the leader, parks in
// the poller. The others, followers, wait for the leader to return, for whatever
// reason; then everybody tries, and waits again if need be. There is more than
// one when a reader and a sender both look both ways.
//
// The poller knows one deadline a direction. It is set by the leader before it
// parks, and to the past by wake: an alarm by itself proves nothing, so the
// leader compares it with what it was asked for.
type half struct {
	s      *sock
	events Events // In or Out

	led       bool   // there is a leader
	pending   bool   // a wake found nobody waiting
	followers int32  // how many wait for event
	wakes     uint32 // counts calls of wake
	mu        sync.Mutex
	event     chan struct{} // closed when the followers are to look again
	armed     time.Time     // deadline in the poller; zero: none
	watchers  []*Watcher    // who wait elsewhere
}

func (h *half) set(deadline time.Time) {
	if h.events == In {
		h.s.c.SetReadDeadline(deadline)
	} else {
		h.s.c.SetWriteDeadline(deadline)
	}
}

func (h *half) park(look func(fd uintptr) bool) error {
	if h.events == In {
		return h.s.rc.Read(look)
	}
	return h.s.rc.Write(look)
}

// past is a deadline that is over for certain.
var past = time.Unix(1, 0)

// A turn is a place among the waiters of a half.
type turn struct {
	seen   uint32          // wakes before it
	looked bool            // the leader has looked since it began to park
	event  <-chan struct{} // of a follower; nil: leader
}

// wake makes everybody who waits look again, or the next one who comes.
func (h *half) wake() {
	for _, w := range h.rouse() {
		w.Wake()
	}
}

// rouse is wake for those who wait here; it returns those who wait elsewhere.
func (h *half) rouse() []*Watcher {
	h.mu.Lock()
	defer h.mu.Unlock()
	watchers := h.watchers
	h.watchers = nil
	h.wakes++
	if !h.led && h.followers == 0 && len(watchers) == 0 {
		h.pending = true
		return nil
	}
	h.stir()
	if h.led {
		h.armed = past
		h.set(past)
	}
	return watchers
}

// stir ends the wait of the followers. mu is held.
func (h *half) stir() {
	if h.followers > 0 {
		close(h.event)
		h.event, h.followers = nil, 0
	}
}

// enter takes a turn, or reports false and uses up the wake that came before.
// Who has entered must wait.
func (h *half) enter(t *turn) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending {
		h.pending = false
		return false
	}
	*t = turn{seen: h.wakes}
	if !h.led {
		h.led = true
		return true
	}
	if h.event == nil {
		h.event = make(chan struct{})
	}
	h.followers++
	t.event = h.event
	return true
}

// leave gives up a turn without waiting.
func (h *half) leave(t *turn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.event == nil {
		h.led = false
		h.stir()
	} else if h.event == t.event {
		h.followers--
	}
}

func (h *half) wait(deadline time.Time) error {
	var t turn
	if !h.enter(&t) {
		return nil
	}
	return h.waitFrom(t, deadline)
}

func (h *half) waitFrom(t turn, deadline time.Time) error {
	l := h.newLeader()
	defer l.release()
	l.turn, l.deadline = t, deadline
	defer l.leave()
	if t.event != nil {
		return l.follow()
	}
	return l.lead()
}

// arm sees to it that the poller strikes at the deadline or before (that is
// harmless, and saves setting it for each wait). It reports false after a wake
// that was not seen.
func (h *half) arm(seen uint32, deadline *time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wakes != seen {
		return false
	}
	if !deadline.IsZero() && (h.armed.IsZero() || h.armed.After(*deadline)) {
		h.armed = *deadline
		h.set(*deadline)
	}
	return true
}

// alarm clears the poller's deadline and says what it meant to the leader:
// woken, its own deadline over, one that is not ours, or none of these. A
// deadline that strikes though none was set here is that of whoever made the
// connection; it stays.
func (h *half) alarm(seen uint32, deadline *time.Time) (woken, over, foreign bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	over = !deadline.IsZero() && !time.Now().Before(*deadline)
	if h.armed.IsZero() {
		return false, over, true
	}
	h.armed = time.Time{}
	h.set(time.Time{})
	return h.wakes != seen, over, false
}
