//go:build linux && !race

package nio

import (
	"syscall"
	"unsafe"
)

// The socket does not block, so these calls last as long as the copying, and
// are made without telling the scheduler: who is told may take the processor
// away for what is a few microseconds, and the goroutines that run instead
// queue up for the locks that are held meanwhile. Amounts that take longer to
// copy are left to package syscall.

// copiedSoon is how much that is.
const copiedSoon = 64 << 10

func sysRead(fd int, p []byte) (int, syscall.Errno) {
	if len(p) == 0 || len(p) > copiedSoon {
		n, err := syscall.Read(fd, p)
		return n, errnoOf(err)
	}
	n, _, e := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), e
}

func sysWrite(fd int, p []byte) (int, syscall.Errno) {
	if len(p) == 0 || len(p) > copiedSoon {
		n, err := syscall.Write(fd, p)
		return n, errnoOf(err)
	}
	n, _, e := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return int(n), e
}
