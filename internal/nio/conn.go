package nio

import (
	"context"
	"errors"
	"net"
	"time"
)

// Conn returns a view of t whose Read and Write wait through ctx, with the
// inactivity timeout idle: for the steps of connecting, which alternate
// strictly. Its Close closes t; deadlines are not taken.
func (t *Transport) Conn(ctx context.Context, idle time.Duration) net.Conn {
	return &waitingConn{addrs{c: t.s.NetConn()}, t, ctx, idle}
}

type waitingConn struct {
	addrs
	t    *Transport
	ctx  context.Context
	idle time.Duration
}

func (c *waitingConn) wait(want Events) error { return c.t.Wait(c.ctx, want, c.idle) }

func (c *waitingConn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := c.t.TryRead(p)
		if !errors.Is(err, ErrWouldBlock) {
			return n, err
		}
		if err := c.wait(In); err != nil {
			return 0, err
		}
	}
}

func (c *waitingConn) Write(p []byte) (n int, err error) {
	for {
		m, err := c.t.TryWrite(p[n:])
		n += m
		if n == len(p) && !c.t.Unpushed() || err != nil && !errors.Is(err, ErrWouldBlock) {
			return n, err
		}
		if err := c.wait(Out); err != nil {
			return n, err
		}
	}
}

func (c *waitingConn) Close() error { return c.t.Close() }
