//go:build !unix

package nio

import (
	"context"
	"errors"
)

type leader struct{}

func (w *ReadWait) made() *ReadWait { return w }
func (w *ReadWait) clear()          { *w = ReadWait{} }

// CanReadWait: no socket can here.
func (t *Transport) CanReadWait(context.Context) bool { return false }

// ReadWait is not to be called where CanReadWait says no.
func (t *Transport) ReadWait(context.Context, *ReadWait) error { return errors.ErrUnsupported }
