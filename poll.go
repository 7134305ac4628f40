package dugong

import (
	"errors"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
)

// Bits of PollNeeded.Events, as in poll(2).
const (
	PollIn  = uint32(nio.In)  // readable, or ended, or failed
	PollOut = uint32(nio.Out) // writable, or failed
)

// PollNeeded is what a task waits for: resume it when the descriptor has one
// of the events, or at the deadline. (Original: PollNeeded.)
//
// The descriptor belongs to the task: watch it, do nothing else with it, and
// forget it when the task is resumed. It is -1, which poll(2) passes over, where
// there is none to watch and the Deadline or a wake ends the wait: see
// Task.Suspend and Task.OnWake. Where the connection has none (Windows,
// a connection of Config.Dialer that is not a plain socket) a task fails with
// errors.ErrUnsupported instead of suspending.
type PollNeeded struct {
	FD       int
	Events   uint32    // PollIn, PollOut or both
	Deadline time.Time // zero: none
}

// Poll waits by poll(2), holding the calling thread, until the descriptor has
// one of the events, an error or a hang-up included: true; or until d has
// passed or Deadline has come, whichever is first: false. d < 0 means no limit
// beside Deadline, 0 does not wait. A bad descriptor is ErrState; where there
// is no poll(2) the error is errors.ErrUnsupported. (Original: PollNeeded.poll,
// where 0 waits for ever.)
func (p PollNeeded) Poll(d time.Duration) (bool, error) {
	if !p.Deadline.IsZero() {
		if rest := max(0, time.Until(p.Deadline)); d < 0 || rest < d {
			d = rest
		}
	}
	ready, err := nio.Poll(p.FD, nio.Events(p.Events), d)
	if err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return false, &Error{Kind: ErrState, Op: "poll", Fault: FaultCaller, Err: err}
	}
	return ready, err
}
