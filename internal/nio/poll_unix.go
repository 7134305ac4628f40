//go:build unix

package nio

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Poll waits by poll(2) until the descriptor has one of the events or an
// error, or until d (negative: for ever) has passed. It holds a thread.
func Poll(fd int, want Events, d time.Duration) (bool, error) {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: int16(want)}}
	end := time.Now().Add(d)
	for {
		ms := -1
		if d >= 0 {
			// Rounded up: who waits too short asks again and again.
			ms = int(min(max(0, time.Until(end)+time.Millisecond-1)/time.Millisecond, 1<<30))
			if d == 0 {
				ms = 0
			}
		}
		n, err := unix.Poll(p[:], ms)
		if err == unix.EINTR {
			continue
		}
		return n > 0, os.NewSyscallError("poll", err)
	}
}
