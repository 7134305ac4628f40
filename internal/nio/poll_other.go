//go:build !unix

package nio

import (
	"errors"
	"time"
)

// Poll has no descriptors to look at here.
func Poll(int, Events, time.Duration) (bool, error) { return false, errors.ErrUnsupported }

// Ready lets the caller try.
func Ready(int, Events) bool { return true }
