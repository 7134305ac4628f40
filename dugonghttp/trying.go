package dugonghttp

import (
	"context"
	"errors"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/nio"
)

// trying is a context for calls that are not to wait: where they would, they
// give errNotNow and have changed nothing.
var trying = nio.WithWaiter(context.Background(), never{})

var errNotNow = errors.New("it would have to wait")

// notNow passes through package dugong, which leaves its own errors alone (but
// not a timeout, which it makes anew).
var notNow = &dugong.Error{Kind: dugong.ErrState, Op: "try", Fault: dugong.FaultCaller, Err: errNotNow}

type never struct{}

func (never) Wait(context.Context, nio.Stream, nio.Events, time.Time) error { return notNow }
func (never) Do(context.Context, func()) error                              { return notNow }
func (never) Await(context.Context, <-chan struct{}) error                  { return notNow }
