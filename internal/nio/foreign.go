package nio

import "os"

// errForeignDeadline ends a wait at a deadline that a Dialer has put on its
// connection. It comes again with every further wait.
var errForeignDeadline = &foreignDeadline{}

type foreignDeadline struct{}

func (*foreignDeadline) Error() string {
	return "the deadline that was set on the connection has passed"
}
func (*foreignDeadline) Timeout() bool   { return true }
func (*foreignDeadline) Temporary() bool { return true }
func (*foreignDeadline) Is(t error) bool { return t == os.ErrDeadlineExceeded }
