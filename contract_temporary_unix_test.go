//go:build unix

package dugong_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong"
)

// TestContractTemporaryErrno: the numbers of hosts and networks in trouble.
func TestContractTemporaryErrno(t *testing.T) {
	for _, errno := range []syscall.Errno{
		syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENETRESET, syscall.ENETUNREACH,
		syscall.ENOTCONN, syscall.ENXIO, syscall.EPIPE, syscall.ESHUTDOWN, syscall.ETIMEDOUT, syscall.EAGAIN,
		syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EINTR,
	} {
		wrapped := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", errno)}
		if !dugong.IsTemporary(errno) || !dugong.IsTemporary(wrapped) {
			t.Errorf("%v is not temporary", errno)
		}
	}
}
