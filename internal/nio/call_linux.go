//go:build linux && !race

package nio

import (
	"sync/atomic"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// These calls last as long as the copying, and are made without telling the
// scheduler: who is told may take the processor away for what is a few
// microseconds, and the goroutines that run instead queue up for the locks that
// are held meanwhile; and to tell it wakes the runtime's monitor. Of a read that
// may take longer to copy it is told; a write has maxPiece at most.
//
// They must not block, for they would hold up the whole process with the next
// garbage collection. That the socket is a non-blocking one is not relied upon:
// somebody's os.File of it, of which he asked for Fd, makes it a blocking one.

// copiedSoon is how much that is: some 40 us, for which the garbage collector may
// have to wait. With a quarter of it reads of a large body take a fifth more CPU.
const copiedSoon = 256 << 10

const _ = uint(copiedSoon - maxPiece)

func sysRead(fd int, p []byte, unseen *atomic.Int64) (int, syscall.Errno) {
	unseen.Add(1)
	if len(p) > copiedSoon {
		n, _, e := syscall.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT, 0, 0)
		return int(n), e
	}
	n, _, e := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT, 0, 0)
	return int(n), e
}

// sysWrite is called again and again for a large write. Not inlined it is where
// the garbage collector can stop that.
//
//go:noinline
func sysWrite(fd int, p []byte, unseen *atomic.Int64) (int, syscall.Errno) {
	unseen.Add(1)
	n, _, e := syscall.RawSyscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
	return int(n), e
}

// Ready reports whether the descriptor has one of the events, or an error,
// without waiting. Being asked before every wait, it does not tell the scheduler
// either: who is told also wakes the runtime's monitor, which then takes turns
// on the processor (a quarter of the CPU of 64 requests in flight under TLS).
func Ready(fd int, want Events) bool {
	p := [1]unix.PollFd{{Fd: int32(fd), Events: int16(want)}}
	var now unix.Timespec
	for {
		n, _, e := syscall.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&p)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
		if e != syscall.EINTR {
			return n > 0 || e != 0
		}
	}
}
