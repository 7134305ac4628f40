//go:build unix

package dugong

import "syscall"

// temporaryErrnos are the states of hosts and networks that pass.
var temporaryErrnos = append([]syscall.Errno{
	syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, syscall.EINTR, syscall.EAGAIN,
	syscall.EHOSTDOWN, syscall.EHOSTUNREACH, syscall.ENETDOWN, syscall.ENETRESET, syscall.ENETUNREACH,
	syscall.ENOTCONN, syscall.ENXIO, syscall.ESHUTDOWN, syscall.ETIMEDOUT,
}, moreErrnos...)
