package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"

	"github.com/dugong-http/dugong/internal/nio"
)

// Connect makes the connection that o describes, ready for the first request.
// The error is an *Error. Waiting is done as ctx asks for; everything that
// others provide (Dialer, Resolver) gets a detached context.
func Connect(ctx context.Context, o *Options) (*nio.Transport, error) {
	r, bad := newRoute(o)
	if bad != nil {
		return nil, bad
	}
	conn, bad := r.socket(ctx)
	if bad != nil {
		bad.Hop = r.scheme != ""
		return nil, bad
	}
	t := nio.NewTransport(conn)
	t.Trace = o.Trace
	if bad := r.climb(ctx, t); bad != nil {
		t.Close()
		return nil, bad
	}
	return t, nil
}

// socket makes the connection to the first hop. Look-up and dial block, so
// they are done where they hold up nobody.
func (r *route) socket(ctx context.Context) (conn net.Conn, bad *Error) {
	if ctx.Err() != nil {
		return nil, failure(ctx, Canceled, Dial, r.hop.String(), nil)
	}
	detached := nio.Detach(ctx)
	err := nio.WaiterOf(ctx).Do(ctx, func() { conn, bad = r.open(detached) })
	if err == nil {
		return conn, bad
	}
	if conn != nil {
		conn.Close()
	}
	return nil, failure(ctx, Canceled, Dial, r.hop.String(), err)
}

func (r *route) open(ctx context.Context) (net.Conn, *Error) {
	var d net.Dialer
	switch {
	case r.Dialer != nil:
		return r.dialOnce(ctx, r.Dialer)
	case r.Network == "unix":
		return r.dialOnce(ctx, d.DialContext)
	}
	addrs, bad := r.lookup(ctx, r.hop.host)
	if bad != nil {
		return nil, bad
	}
	conn, errs := race(ctx, interleave(addrs, r.hop.port), r.Idle, func(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
		return d.DialContext(ctx, "tcp", a.String())
	})
	if conn == nil {
		return nil, raceError(ctx, r.hop.String(), errs)
	}
	return conn, nil
}

// dialOnce makes the only attempt of a dialer that knows its way.
func (r *route) dialOnce(ctx context.Context, dial func(context.Context, string, string) (net.Conn, error)) (net.Conn, *Error) {
	step, cancel := withIdle(ctx, r.Idle)
	defer cancel()
	conn, err := dial(step, r.Network, r.hop.String())
	idle := expired(step, err)
	switch {
	case err != nil && idle != nil:
		err = idle
	case err == nil && conn == nil:
		return nil, &Error{Kind: BadConfig, Phase: Dial, Addr: r.hop.String(), Err: errors.New("the Dialer returned neither a connection nor an error")}
	case err == nil:
		return conn, nil
	}
	return nil, failure(ctx, Failed, Dial, r.hop.String(), err)
}

// climb puts on the socket what lies between it and the server.
func (r *route) climb(ctx context.Context, t *nio.Transport) *Error {
	var bad *Error
	if r.scheme == "https" {
		cfg := r.ProxyTLS
		if cfg == nil {
			cfg = &tls.Config{}
		}
		if bad = r.handshake(ctx, t, cfg, r.hop); bad != nil {
			bad.Hop = true
		}
	}
	if bad == nil && r.tunnel != nil {
		bad = r.openTunnel(ctx, t)
	}
	if bad == nil && r.socks() {
		bad = r.openSocks(ctx, t)
	}
	if bad == nil && r.TLS != nil {
		bad = r.handshake(ctx, t, r.TLS, r.target)
	}
	return bad
}
