//go:build !race

package nio

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Like sysRead and sysWrite they do not block, whatever somebody has made of
// the socket, and tell the scheduler of large amounts only.

func sysReadv(fd int, t *vectorTry) (int, syscall.Errno) {
	return t.message.pass(unix.SYS_RECVMSG, fd, unix.MSG_DONTWAIT, t)
}

func sysWritev(fd int, t *vectorTry) (int, syscall.Errno) {
	return t.message.pass(unix.SYS_SENDMSG, fd, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, t)
}

// A message is what recvmsg(2) and sendmsg(2) are told.
type message struct {
	header unix.Msghdr
	pieces [maxPieces]unix.Iovec
}

func (m *message) pass(call uintptr, fd int, flags uintptr, t *vectorTry) (n int, e syscall.Errno) {
	t.unseen.Add(1)
	var r uintptr
	if m.fill(t.p) > copiedSoon {
		r, _, e = syscall.Syscall(call, uintptr(fd), uintptr(unsafe.Pointer(&m.header)), flags)
	} else {
		r, _, e = syscall.RawSyscall(call, uintptr(fd), uintptr(unsafe.Pointer(&m.header)), flags)
	}
	runtime.KeepAlive(t)
	clear(m.pieces[:]) // the memory is the caller's again
	return int(r), e
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
