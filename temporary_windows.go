package dugong

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// temporaryErrnos are the states of hosts and networks that pass.
var temporaryErrnos = []syscall.Errno{
	windows.WSAECONNREFUSED, windows.WSAECONNRESET, windows.WSAECONNABORTED, windows.WSAEINTR, windows.WSAEWOULDBLOCK,
	windows.WSAEHOSTDOWN, windows.WSAEHOSTUNREACH, windows.WSAENETDOWN, windows.WSAENETRESET, windows.WSAENETUNREACH,
	windows.WSAENOTCONN, windows.WSAESHUTDOWN, windows.WSAETIMEDOUT, syscall.ERROR_BROKEN_PIPE,
}
