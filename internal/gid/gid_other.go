//go:build !amd64 && !arm64

package gid

import (
	"bytes"
	"runtime"
	"strconv"
)

// current reads the number that the runtime prints: slow, and right everywhere.
func current() uintptr {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	text = bytes.TrimPrefix(text, []byte("goroutine "))
	n, _ := strconv.ParseUint(string(text[:bytes.IndexByte(text, ' ')]), 10, 64)
	return uintptr(n)
}
