package nio

import "sync/atomic"

// Unseen counts the system calls of sockets that have been closed, as far as
// the kernel's own count of reads and writes (syscr and syscw of proc(5)) leaves
// them out, because they are calls for sockets alone.
var Unseen atomic.Int64
