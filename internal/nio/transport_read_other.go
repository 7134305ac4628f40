//go:build !unix

package nio

import (
	"context"
	"errors"
	"time"
)

// CanReadWait: no socket can here.
func (t *Transport) CanReadWait(context.Context) bool { return false }

// ReadWait is not to be called where CanReadWait says no.
func (t *Transport) ReadWait(context.Context, time.Duration, *time.Time, BeforeWait) (*Buffer, int, bool, error) {
	return nil, 0, false, errors.ErrUnsupported
}
