//go:build unix && (dugong_poll || !linux)

package aio

import (
	"os"

	"golang.org/x/sys/unix"
)

// A wakePipe ends the wait of a thread that blocks on descriptors.
type wakePipe struct{ r, w int }

func newWakePipe() (wakePipe, error) {
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return wakePipe{}, os.NewSyscallError("pipe", err)
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(p[0])
			unix.Close(p[1])
			return wakePipe{}, os.NewSyscallError("fcntl", err)
		}
	}
	return wakePipe{p[0], p[1]}, nil
}

// wake leaves something in the pipe; if that is full there is something.
func (p wakePipe) wake() { unix.Write(p.w, []byte{0}) }

func (p wakePipe) drain() {
	var buf [64]byte
	for {
		if n, err := unix.Read(p.r, buf[:]); n < len(buf) && err != unix.EINTR {
			return
		}
	}
}

func (p wakePipe) close() {
	unix.Close(p.r)
	unix.Close(p.w)
}
