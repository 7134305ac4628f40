//go:build race

package nio

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// The race detector learns from these what happens to memory.

func sysWritev(fd int, t *vectorTry) (int, syscall.Errno) {
	n, err := unix.Writev(fd, t.p)
	return n, errnoOf(err)
}

type message struct{}
