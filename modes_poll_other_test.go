//go:build !unix

package dugong_test

import (
	"context"
	"runtime"
	"testing"
)

func underPoll(t *testing.T, body func(context.Context)) {
	t.Skip("no poll(2) on " + runtime.GOOS + ": a task fails with errors.ErrUnsupported there")
}
