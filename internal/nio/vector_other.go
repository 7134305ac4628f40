//go:build !linux

package nio

// A vectored Stream tries several pieces of memory in one system call; none is
// one here.
type vectored interface {
	TryReadv(p, q []byte) (int, error)
	TryWritev(p [][]byte) (int, error)
}
