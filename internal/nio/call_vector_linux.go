//go:build !race

package nio

import (
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Like sysRead and sysWrite they do not block, whatever somebody has made of
// the socket.

func sysReadv(fd int, p [][]byte, unseen *atomic.Int64) (int, error) {
	unseen.Add(1)
	n, _, _, _, err := unix.RecvmsgBuffers(fd, p, nil, unix.MSG_DONTWAIT)
	return n, err
}

func sysWritev(fd int, p [][]byte, unseen *atomic.Int64) (int, error) {
	unseen.Add(1)
	return unix.SendmsgBuffers(fd, p, nil, nil, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL)
}
