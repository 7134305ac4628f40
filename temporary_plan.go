//go:build !unix && !windows

package dugong

import "syscall"

var temporaryErrnos []syscall.Errno
