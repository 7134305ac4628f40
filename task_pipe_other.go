//go:build !unix

package dugong

import "errors"

// There is nothing here that a task could poll.
type pipe struct{}

func (*pipe) open() (int, error) { return -1, errors.ErrUnsupported }
func (*pipe) fill()              {}
func (*pipe) empty()             {}
func (*pipe) close()             {}
