package dugong

import (
	"context"
	"sync/atomic"

	"github.com/dugong-http/dugong/internal/dial"
	"github.com/dugong-http/dugong/internal/nio"
)

// attempt is one go at connecting. Close and Reset cancel it.
type attempt struct{ cancel context.CancelCauseFunc }

var connNumber atomic.Uint64

// connect returns the link, making one where there is none. mu is held, and
// released while waiting.
func (c *Conn) connect(ctx context.Context, call *call) (*link, *Error) {
	for {
		switch l := c.link; {
		case c.closed:
			return nil, c.fail(call, ErrConnectionClosed, errLocalClose)
		case l != nil && l.dead != nil:
			return nil, l.gone(call)
		case l != nil:
			return l, nil
		case c.attempt == nil:
			return c.dial(ctx, call)
		}
		if err := c.await(ctx); err != nil { // somebody else is connecting
			return nil, c.canceled(call, PhaseDial, err)
		}
	}
}

func (c *Conn) dial(ctx context.Context, call *call) (*link, *Error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	a := &attempt{cancel}
	c.attempt = a
	o := c.dialOptions()
	o.Trace = c.cfg.tracer(connNumber.Add(1))
	c.mu.Unlock()
	t, err := dial.Connect(ctx, o)
	c.mu.Lock()
	if c.attempt != a { // Close or Reset came first
		if t != nil {
			t.Close()
		}
		return nil, c.fail(call, ErrConnectionClosed, errLocalClose)
	}
	c.attempt = nil
	defer c.signal()
	if err != nil {
		return nil, c.connectError(call, err)
	}
	c.link, c.left = newLink(c, t), nil
	return c.link, nil
}

func (c *Conn) dialOptions() *dial.Options {
	return &dial.Options{
		Network: c.addr.network(), Host: c.addr.host, Port: int(c.addr.port),
		TLS: c.cfg.TLS, Proxy: c.cfg.Proxy, ProxyTLS: c.cfg.ProxyTLS, ProxyHeader: c.cfg.ProxyHeader.All(),
		Dialer: c.cfg.Dialer, Resolver: c.cfg.Resolver, TestHosts: c.cfg.DNSTestHosts,
		Idle: c.timeout, Limits: *c.limits,
	}
}

// await waits until signal is called. mu is held, and released meanwhile.
func (c *Conn) await(ctx context.Context) error {
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	ch := c.changed
	c.mu.Unlock()
	defer c.mu.Lock()
	return nio.WaiterOf(ctx).Await(ctx, ch)
}

// signal makes everybody in await look again.
func (c *Conn) signal() {
	if c.changed != nil {
		close(c.changed)
		c.changed = nil
	}
}
