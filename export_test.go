package dugong

import "sync/atomic"

var borrowedWindows atomic.Int64

func init() { countWindow = func(n int) { borrowedWindows.Add(int64(n)) } }

// BorrowedWindows counts the read buffers that connections hold now.
func BorrowedWindows() int64 { return borrowedWindows.Load() }
