//go:build unix

package dugong

import (
	"os"
	"syscall"
)

// A pipe makes an event on another goroutine visible to poll(2). It is opened
// when first needed and kept until its task ends.
type pipe struct {
	r, w *os.File
	fd   int
}

func (p *pipe) open() (fd int, err error) {
	if p.r != nil {
		return p.fd, nil
	}
	if p.r, p.w, err = os.Pipe(); err != nil {
		return -1, err
	}
	rc, err := p.r.SyscallConn()
	if err != nil {
		return -1, err
	}
	err = rc.Control(func(fd uintptr) { p.fd = int(fd) })
	return p.fd, err
}

func (p *pipe) fill() { p.w.Write([]byte{0}) }

// empty takes out what fill put in.
func (p *pipe) empty() {
	rc, err := p.r.SyscallConn()
	if err != nil {
		return
	}
	var b [16]byte
	rc.Control(func(fd uintptr) { syscall.Read(int(fd), b[:]) })
}

func (p *pipe) close() {
	if p.r != nil {
		p.r.Close()
		p.w.Close()
		p.r, p.w = nil, nil
	}
}
