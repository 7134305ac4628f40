//go:build unix

package nio

import "golang.org/x/sys/unix"

// ready reports whether the descriptor has one of the events, or an error,
// without waiting.
func ready(fd int, want Events) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: int16(want)}}
	for {
		n, err := unix.Poll(p[:], 0)
		if err != unix.EINTR {
			return n > 0 || err != nil
		}
	}
}
