package dial

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"

	"golang.org/x/net/proxy"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// SocksReply is the code with which a SOCKS5 proxy refused to connect (RFC
// 1928 section 6). It is the cause in an Error of kind ProxyRefused.
type SocksReply byte

var socksText = [...]string{
	1: "general failure", 2: "not allowed by ruleset", 3: "network unreachable", 4: "host unreachable",
	5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported",
}

func (c SocksReply) Error() string {
	s := "SOCKS reply " + strconv.Itoa(int(c))
	if int(c) < len(socksText) && c > 0 {
		s += ", " + socksText[c]
	}
	return s
}

// connDialer is the part of what proxy.SOCKS5 returns that works on a
// connection of ours. It is not in the interface of that package.
type connDialer interface {
	DialWithConn(ctx context.Context, c net.Conn, network, addr string) (net.Addr, error)
}

// openSocks asks a SOCKS5 proxy for a connection to the server (RFC 1928, RFC
// 1929). The context of the dialer is an empty one, lest it starts a goroutine
// for it: our connection minds ctx and the inactivity timeout by itself.
func (r *route) openSocks(ctx context.Context, t *nio.Transport) *Error {
	var login *proxy.Auth
	if u := r.Proxy.User; u != nil {
		password, _ := u.Password()
		login = &proxy.Auth{User: u.Username(), Password: password}
	}
	d, err := proxy.SOCKS5("tcp", r.hop.String(), login, nil)
	dialer, ok := d.(connDialer)
	if err != nil || !ok {
		return badOption(Proxy, r.hop.String(), "this version of golang.org/x/net has no SOCKS5 over a given connection")
	}
	heard := &listener{Conn: t.Conn(ctx, r.Idle), login: login != nil, t: t}
	_, err = dialer.DialWithConn(context.Background(), heard, "tcp", r.target.String())
	return r.judgeSocks(ctx, heard, err)
}

// A listener keeps what its connection said, because the dialer's errors are
// texts only. A SOCKS5 exchange has at most some hundred octets.
type listener struct {
	net.Conn
	login bool // a login was offered
	t     *nio.Transport
	heard []byte
	err   error
}

var errMethod = errors.New("a SOCKS5 method that was not offered")

// strange reports whether the proxy chose a method that was not offered. The
// dialer without a login does not look.
func (l *listener) strange() bool {
	return len(l.heard) >= 2 && l.heard[0] == 5 && l.heard[1] != 0 && l.heard[1] != 0xff && (l.heard[1] != 2 || !l.login)
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.heard = append(l.heard, p[:n]...)
	l.err = errors.Join(l.err, err)
	return n, err
}

func (l *listener) Write(p []byte) (int, error) {
	if l.strange() {
		return 0, errMethod
	}
	if len(l.heard) == 2 && l.heard[1] == 2 {
		defer l.hide(len(p))()
	}
	n, err := l.Conn.Write(p)
	l.err = errors.Join(l.err, err)
	return n, err
}

// hide keeps the login, n octets, out of the trace: no line tells a masker what
// it is. The function that it gives ends that.
func (l *listener) hide(n int) func() {
	trace := l.t.Trace
	if trace == nil {
		return func() {}
	}
	l.t.Trace = nil
	trace(true, bytes.Repeat([]byte{'*'}, n))
	return func() { l.t.Trace = trace }
}

// judgeSocks says what the exchange came to, by the octets that were heard:
// the choice of a method, with a login its verdict, the reply.
func (r *route) judgeSocks(ctx context.Context, l *listener, err error) *Error {
	if l.err != nil {
		return r.proxyFailure(ctx, l.err)
	}
	refused := func(reason string, cause error) *Error {
		return &Error{Kind: ProxyRefused, Phase: Proxy, Addr: r.hop.String(), Reason: reason, Err: cause}
	}
	wrong := func(text string) *Error {
		return r.badAnswer(&h1.Fault{Kind: h1.Invalid, Text: text})
	}
	p := l.heard
	switch {
	case len(p) < 2 || p[0] != 5:
		return wrong("not the version of SOCKS5 (RFC 1928 section 3)")
	case p[1] == 0xff && l.login:
		return refused("it accepts neither this login nor none", nil)
	case p[1] == 0xff:
		return refused("it wants a login", nil)
	case l.strange():
		return wrong("a SOCKS5 method that was not offered (RFC 1928 section 3)")
	case p[1] == 2 && (len(p) < 4 || p[2] != 1):
		return wrong("not the version of a login (RFC 1929 section 2)")
	case p[1] == 2 && p[3] != 0:
		return refused("wrong user name or password", nil)
	}
	if p = p[2:]; l.heard[1] == 2 {
		p = p[2:]
	}
	switch {
	case err == nil:
		return nil
	case len(p) >= 2 && p[0] == 5 && p[1] != 0:
		return refused("", SocksReply(p[1]))
	}
	return wrong("malformed SOCKS5 reply (RFC 1928 section 6)")
}
