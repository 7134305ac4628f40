//go:build race

package nio

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// The race detector learns from these what happens to memory.

func sysReadv(fd int, p [][]byte, _ *atomic.Int64) (int, error) { return unix.Readv(fd, p) }

func sysWritev(fd int, p [][]byte, _ *atomic.Int64) (int, error) { return unix.Writev(fd, p) }
