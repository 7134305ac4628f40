//go:build unix

package wiretest

import (
	"errors"
	"syscall"
)

func setReceiveBuffer(rc syscall.RawConn, n int) error {
	var err error
	if e := rc.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, n)
	}); e != nil {
		return e
	}
	return err
}

// isReset says whether the error is how a connection that the other side has
// reset shows itself.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
