//go:build amd64 || arm64

package gid

// current returns the address of the runtime's record of this goroutine, which
// the compiler's calling convention keeps at hand.
func current() uintptr
