package dugonghttp

import (
	"context"
	"crypto/tls"
	"fmt"
)

// handshake starts TLS with host: the server, or an https proxy.
func (d *dialer) handshake(ctx context.Context, host string, server bool) error {
	cfg := d.t.TLSClientConfig.Clone()
	if cfg == nil {
		cfg = &tls.Config{}
	}
	if cfg.ServerName == "" {
		cfg.ServerName = withoutZone(host)
	}
	if !server {
		cfg.NextProtos = nil // the CONNECT is in HTTP/1.1
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := limited(d.t.TLSHandshakeTimeout, func() { cancel(errTLSTimeout) })
	defer stop()
	d.handshakeStarts()
	err := d.tr.StartTLS(ctx, cfg, 0)
	if err != nil && context.Cause(ctx) == errTLSTimeout {
		err = errTLSTimeout
	}
	if err == nil && server {
		state, _ := d.tr.TLSState()
		d.state = &state
	}
	d.handshakeDone(err)
	return err
}

func (d *dialer) handshakeStarts() {
	if f := d.trace.TLSHandshakeStart; f != nil {
		f()
	}
}

func (d *dialer) handshakeDone(err error) {
	f := d.trace.TLSHandshakeDone
	if f == nil {
		return
	}
	var state tls.ConnectionState
	if d.own != nil {
		state = d.own.ConnectionState()
	} else {
		state, _ = d.tr.TLSState()
	}
	if err != nil {
		state = tls.ConnectionState{}
	}
	f(state, err)
}

// handOver gives the connection to TLSNextProto where ALPN chose another
// protocol than HTTP/1.1.
func (d *dialer) handOver() (*handed, error) {
	if d.state == nil || d.state.NegotiatedProtocol == "" || d.state.NegotiatedProtocol == "http/1.1" {
		return nil, nil
	}
	proto := d.state.NegotiatedProtocol
	next := d.t.TLSNextProto[proto]
	if next == nil {
		return nil, fmt.Errorf("dugonghttp: the server chose the protocol %q (ALPN), which is not spoken here, and TLSNextProto does not name it", proto)
	}
	conn := d.own
	if conn == nil {
		conn = d.tr.Release().(*tls.Conn)
	}
	alt := next(d.r.addr, conn)
	if alt == nil {
		return nil, fmt.Errorf("dugonghttp: TLSNextProto gave nobody for the protocol %q", proto)
	}
	if e, ok := alt.(interface{ RoundTripErr() error }); ok {
		return nil, e.RoundTripErr()
	}
	return d.t.hand(proto, alt), nil
}
