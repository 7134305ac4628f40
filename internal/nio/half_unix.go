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
// The poller knows one deadline a direction. It is shared by everybody who
// waits there (a reader, and the helper of a sender that looks both ways) and
// by wake, which sets it to the past. So an alarm proves nothing by itself:
// whoever it strikes compares it with what he was asked for. The poller lets
// one goroutine at a time through to park, the others queue for its lock; the
// deadline is armed by the one that is about to park.
type half struct {
	events Events
	set    func(time.Time) error // SetReadDeadline or SetWriteDeadline
	park   func(func(uintptr) bool) error

	mu      sync.Mutex
	armed   time.Time // deadline in the poller; zero none
	waiters int
	wakes   uint64 // counts calls of wake
	pending bool   // a wake found nobody waiting
}

// past is a deadline that is over for certain.
var past = time.Unix(1, 0)

func (h *half) wake() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.wakes++
	if h.waiters == 0 {
		h.pending = true
		return
	}
	h.armed = past
	h.set(past)
}

func (h *half) wait(deadline time.Time) error {
	seen, ok := h.enter()
	if !ok {
		return nil
	}
	return h.waitFrom(seen, deadline)
}

// waitFrom waits for somebody who entered already, and leaves for him.
func (h *half) waitFrom(seen uint64, deadline time.Time) error {
	defer h.leave()
	for {
		looked := false
		err := h.park(func(fd uintptr) bool {
			if looked {
				return true
			}
			// The poller reports edges: one that came between the caller's
			// try and this moment is gone, so look once before parking.
			looked = true
			return ready(int(fd), h.events) || !h.arm(seen, deadline)
		})
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		if woken, over := h.alarm(seen, deadline); over {
			return os.ErrDeadlineExceeded
		} else if woken {
			return nil
		}
	}
}

// enter counts the caller among the waiters, or reports false and uses up the
// wake that came before.
func (h *half) enter() (seen uint64, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pending {
		h.pending = false
		return 0, false
	}
	h.waiters++
	return h.wakes, true
}

func (h *half) leave() {
	h.mu.Lock()
	h.waiters--
	h.mu.Unlock()
}

// arm sees to it that the poller strikes at the deadline or before (that is
// harmless, and saves a system timer per wait). It reports false after a wake.
func (h *half) arm(seen uint64, deadline time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.wakes != seen {
		return false
	}
	if !deadline.IsZero() && (h.armed.IsZero() || h.armed.After(deadline)) {
		h.armed = deadline
		h.set(deadline)
	}
	return true
}

// alarm clears the poller's deadline and says what it meant to this waiter:
// woken, his own deadline over, or neither.
func (h *half) alarm(seen uint64, deadline time.Time) (woken, over bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = time.Time{}
	h.set(time.Time{})
	return h.wakes != seen, !deadline.IsZero() && !time.Now().Before(deadline)
}
