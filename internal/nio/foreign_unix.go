//go:build unix

package nio

import (
	"errors"
	"os"
)

// A try is a bare system call and knows no deadlines. Where the peer is so fast
// that nobody ever has to wait, one that the Dialer has set would never strike,
// so it is looked at after this many octets.
const lookEvery = 256 << 10

// expired reports whether a deadline that is not ours has passed, if it is time
// to look. While somebody waits he sees to it; while one of ours is set, it
// cannot be told from others.
func (h *half) expired(moved *int) bool {
	if *moved < lookEvery {
		return false
	}
	*moved = 0
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.led || !h.armed.IsZero() {
		return false
	}
	return errors.Is(h.park(func(uintptr) bool { return true }), os.ErrDeadlineExceeded)
}
