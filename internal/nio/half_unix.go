//go:build unix

package nio

import (
	"errors"
	"os"
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
	events Events
	set    func(time.Time) error // SetReadDeadline or SetWriteDeadline
	park   func(func(uintptr) bool) error

	mu        sync.Mutex
	led       bool          // there is a leader
	followers int           // how many wait for event
	event     chan struct{} // closed when the followers are to look again
	wakes     uint64        // counts calls of wake
	pending   bool          // a wake found nobody waiting
	armed     time.Time     // deadline in the poller; zero: none
	watchers  []*Watcher    // who wait elsewhere

	// Of the leader alone, for look.
	step     func(fd uintptr) bool // look
	turn     turn
	deadline time.Time
	looked   bool
	reading  bool
	got      *Buffer
	gotN     int
	gotErr   error
}

// past is a deadline that is over for certain.
var past = time.Unix(1, 0)

// A turn is a place among the waiters of a half.
type turn struct {
	seen  uint64          // wakes before it
	event <-chan struct{} // of a follower; nil: leader
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
func (h *half) enter() (t turn, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending {
		h.pending = false
		return turn{}, false
	}
	t.seen = h.wakes
	if !h.led {
		h.led = true
		return t, true
	}
	if h.event == nil {
		h.event = make(chan struct{})
	}
	h.followers++
	t.event = h.event
	return t, true
}

// leave gives up a turn without waiting.
func (h *half) leave(t turn) {
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
	t, ok := h.enter()
	if !ok {
		return nil
	}
	return h.waitFrom(t, deadline)
}

func (h *half) waitFrom(t turn, deadline time.Time) error {
	defer h.leave(t)
	if t.event != nil {
		return follow(t.event, deadline)
	}
	return h.lead(t, deadline)
}

// readWait is wait, where the leader reads what he waited for.
func (h *half) readWait(deadline time.Time) (b *Buffer, n int, ended bool, err error) {
	t, ok := h.enter()
	if !ok {
		return nil, 0, false, nil
	}
	defer h.leave(t)
	if t.event != nil {
		return nil, 0, false, follow(t.event, deadline)
	}
	h.reading = true
	err = h.lead(t, deadline)
	b, n, end := h.got, h.gotN, h.gotErr
	h.got, h.gotN, h.gotErr, h.reading = nil, 0, nil, false
	if end != nil {
		return nil, 0, true, end
	}
	return b, n, false, err
}

// lead parks in the poller.
func (h *half) lead(t turn, deadline time.Time) error {
	for {
		h.turn, h.deadline, h.looked = t, deadline, false
		err := h.park(h.step)
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if woken, over, foreign := h.alarm(t, deadline); over {
			return os.ErrDeadlineExceeded
		} else if foreign {
			return errForeignDeadline
		} else if woken {
			return nil
		}
	}
}

// look is called by the poller before it parks the leader, and when the event
// has come. The poller reports edges: one that came between the caller's try
// and this moment is gone, so the first look must ask the socket.
func (h *half) look(fd uintptr) bool {
	first := !h.looked
	h.looked = true
	if h.reading {
		if h.read(fd) {
			return true
		}
	} else if !first || ready(int(fd), h.events) {
		return true
	}
	return !h.arm(h.turn, h.deadline)
}

// read reports whether there was something to read, be it the end.
func (h *half) read(fd uintptr) bool {
	b := GetBuffer()
	n, err := readResult(readOnce(fd, b[:]))
	if n > 0 {
		h.got, h.gotN = b, n
		return true
	}
	PutBuffer(b)
	if err == ErrWouldBlock {
		return false
	}
	h.gotErr = err
	return true
}

func follow(event <-chan struct{}, deadline time.Time) error {
	var alarm <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		alarm = timer.C
	}
	select {
	case <-event:
		return nil
	case <-alarm:
		return os.ErrDeadlineExceeded
	}
}

// arm sees to it that the poller strikes at the deadline or before (that is
// harmless, and saves setting it for each wait). It reports false after a wake.
func (h *half) arm(t turn, deadline time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wakes != t.seen {
		return false
	}
	if !deadline.IsZero() && (h.armed.IsZero() || h.armed.After(deadline)) {
		h.armed = deadline
		h.set(deadline)
	}
	return true
}

// alarm clears the poller's deadline and says what it meant to the leader:
// woken, its own deadline over, one that is not ours, or none of these. A
// deadline that strikes though none was set here is that of whoever made the
// connection; it stays.
func (h *half) alarm(t turn, deadline time.Time) (woken, over, foreign bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	over = !deadline.IsZero() && !time.Now().Before(deadline)
	if h.armed.IsZero() {
		return false, over, true
	}
	h.armed = time.Time{}
	h.set(time.Time{})
	return h.wakes != t.seen, over, false
}
