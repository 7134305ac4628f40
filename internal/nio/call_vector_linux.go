//go:build !race

package nio

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sysWritev does not block, like sysRead and sysWrite, whatever somebody has made
// of the socket, and tells the scheduler of large amounts only.
func sysWritev(fd int, t *vectorTry) (n int, e syscall.Errno) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_NOSIGNAL
	t.unseen.Add(1)
	m, r := &t.message, uintptr(0)
	if m.fill(t.p) > copiedSoon {
		r, _, e = syscall.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.header)), flags)
	} else {
		r, _, e = syscall.RawSyscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&m.header)), flags)
	}
	runtime.KeepAlive(t)
	clear(m.pieces[:]) // the memory is the caller's again
	return int(r), e
}

// A message is what sendmsg(2) is told.
type message struct {
	header unix.Msghdr
	pieces [maxPieces]unix.Iovec
}

// fill describes p and gives its octets.
func (m *message) fill(p [][]byte) (sum int) {
	k := 0
	for _, q := range p {
		if len(q) > 0 {
			m.pieces[k].Base = unsafe.SliceData(q)
			m.pieces[k].SetLen(len(q))
			sum += len(q)
			k++
		}
	}
	m.header = unix.Msghdr{Iov: &m.pieces[0]}
	m.header.SetIovlen(k)
	return sum
}
