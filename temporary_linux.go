package dugong

import "syscall"

var moreErrnos = []syscall.Errno{syscall.ENOLINK, syscall.ENONET, syscall.EREMCHG}
