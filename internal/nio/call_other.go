//go:build unix && (!linux || race)

package nio

import (
	"sync/atomic"
	"syscall"
)

// The race detector knows package syscall, and through it what a read or a
// write does to memory.

func sysRead(fd int, p []byte, _ *atomic.Int64) (int, syscall.Errno) {
	n, err := syscall.Read(fd, p)
	return n, errnoOf(err)
}

func sysWrite(fd int, p []byte, _ *atomic.Int64) (int, syscall.Errno) {
	n, err := syscall.Write(fd, p)
	return n, errnoOf(err)
}

// Ready reports whether the descriptor has one of the events, or an error,
// without waiting.
func Ready(fd int, want Events) bool {
	ok, err := Poll(fd, want, 0)
	return ok || err != nil
}

// errnoOf is the number of an error of package syscall, which are all numbers.
func errnoOf(err error) syscall.Errno {
	if e, ok := err.(syscall.Errno); ok {
		return e
	}
	if err != nil {
		return syscall.EIO
	}
	return 0
}
