package dugong

import "sync/atomic"

var borrowedWindows atomic.Int64

func init() { countWindow = func(n int) { borrowedWindows.Add(int64(n)) } }

// BorrowedWindows counts the read buffers that connections hold now.
func BorrowedWindows() int64 { return borrowedWindows.Load() }

// UsualFault is whose fault an error of this kind is, where nothing more is known.
func UsualFault(kind error) Fault { return new(Conn).fail(&call{}, kind, nil).Fault }
