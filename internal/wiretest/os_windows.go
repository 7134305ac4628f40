package wiretest

import (
	"errors"
	"syscall"
)

func setReceiveBuffer(rc syscall.RawConn, n int) error {
	var err error
	if e := rc.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, n)
	}); e != nil {
		return e
	}
	return err
}

// isReset says whether the error is how a connection that the other side has
// reset shows itself.
func isReset(err error) bool {
	const aborted, reset = syscall.Errno(10053), syscall.WSAECONNRESET // 10053 is WSAECONNABORTED
	return errors.Is(err, aborted) || errors.Is(err, reset)
}
