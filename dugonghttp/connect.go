package dugonghttp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/inside"
	"github.com/dugong-http/dugong/internal/nio"
)

// connect makes a connection for x: socket, proxy, TLS. alt is who took it
// over by ALPN.
func (o *origin) connect(ctx context.Context, x *exchange) (_ *conn, alt http.RoundTripper, _ error) {
	r := x.route
	d := &dialer{t: o.t, r: r, trace: x.trace}
	if err := d.socket(ctx); err != nil {
		return nil, nil, err
	}
	if err := d.climb(ctx); err != nil {
		d.close()
		return nil, nil, err
	}
	switch h, err := d.handOver(); {
	case err != nil:
		d.close()
		return nil, nil, err
	case h != nil:
		return nil, o.take(h), nil
	}
	return o.newConn(d), nil, nil
}

func (o *origin) newConn(d *dialer) *conn {
	c := &conn{origin: o, tls: d.state, net: d.tr.NetConn()}
	cfg := o.t.config()
	c.d = inside.NewConn(inside.Options{
		Transport: d.tr, Addr: d.r.addr, Host: d.r.addr, Bare: true, Lenient: true, Config: cfg,
	}).(*dugong.Conn)
	return c
}

// config is what a Conn needs to know: it connects nowhere, and who reads and
// sends is decided here.
func (t *Transport) config() *dugong.Config {
	head := t.MaxResponseHeaderBytes
	if head <= 0 {
		head = 10 << 20 // as in net/http
	}
	n := int(min(head, 1<<30))
	cfg := &dugong.Config{
		Timeout: -1, ContinueTimeout: t.ExpectContinueTimeout, ReaderWaits: true, ReadUntilClose: true, DiscardLimit: -1,
		Limits: dugong.Limits{StartLine: n, FieldLine: n, Header: n, Fields: 1 << 16, Interim: 1 << 30, Trailer: n},
	}
	if cfg.ContinueTimeout <= 0 {
		cfg.ContinueTimeout = 1 // the body goes at once
	}
	return cfg
}

// A dialer makes one connection in steps.
type dialer struct {
	t     *Transport
	r     *route
	trace *httptrace.ClientTrace
	tr    *nio.Transport
	state *tls.ConnectionState // with the server
	own   *tls.Conn            // what DialTLSContext gave
}

func (d *dialer) close() {
	if d.tr != nil {
		d.tr.Close()
	}
}

// socket makes the connection to the server or to its proxy.
func (d *dialer) socket(ctx context.Context) error {
	dial, addr := d.t.DialContext, d.r.addr
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	if p := d.r.proxy; p != nil {
		addr = net.JoinHostPort(p.Hostname(), portOf(p))
	} else if d.r.tls() && d.t.DialTLSContext != nil {
		dial = d.t.DialTLSContext
	}
	conn, err := dial(ctx, "tcp", addr)
	switch {
	case err != nil && d.r.proxy != nil:
		return proxyError(err)
	case err != nil:
		return err
	case conn == nil:
		return errors.New("dugonghttp: the dial function returned neither a connection nor an error")
	}
	d.tr = nio.NewTransport(conn)
	if d.r.tls() && d.r.proxy == nil && d.t.DialTLSContext != nil {
		return d.given(ctx, conn)
	}
	return nil
}

// given looks at a connection of DialTLSContext, which need not be a tls.Conn.
func (d *dialer) given(ctx context.Context, conn net.Conn) error {
	c, ok := conn.(*tls.Conn)
	if !ok {
		return nil
	}
	d.handshakeStarts()
	err := c.HandshakeContext(ctx)
	if err == nil {
		state := c.ConnectionState()
		d.state, d.own = &state, c
	}
	d.handshakeDone(err)
	return err
}

// climb puts on the socket what lies between it and the server.
func (d *dialer) climb(ctx context.Context) error {
	p := d.r.proxy
	if p != nil && p.Scheme == "https" {
		if err := d.handshake(ctx, p.Hostname(), false); err != nil {
			return proxyError(err)
		}
	}
	switch {
	case p == nil:
	case isSocks(p):
		if err := d.socks(ctx); err != nil {
			return proxyError(err)
		}
	case d.r.tls():
		if err := d.tunnel(ctx); err != nil {
			return err
		}
	}
	if d.r.tls() && d.t.DialTLSContext == nil || d.r.tls() && p != nil {
		return d.handshake(ctx, d.r.host, true)
	}
	return nil
}

// proxyError says that it was the proxy, in the form that net/http has.
func proxyError(err error) error {
	var plain tls.RecordHeaderError
	if _, ok := err.(*net.OpError); ok && err.(*net.OpError).Op == "proxyconnect" || errors.As(err, &plain) {
		return err
	}
	return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err}
}
