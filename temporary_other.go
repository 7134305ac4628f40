//go:build unix && !linux

package dugong

import "syscall"

// moreErrnos: the names beyond the common ones exist on Linux only.
var moreErrnos []syscall.Errno
