//go:build !linux

package nio

// A vectored Stream writes several pieces of memory in one system call; none is
// one here.
type vectored interface {
	TryWritev(p [][]byte) (int, error)
}
