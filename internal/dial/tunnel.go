package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/nio"
)

// refusedWait is how long an answer is awaited that could explain why the proxy
// has not taken the request.
const refusedWait = 100 * time.Millisecond

// openTunnel asks the proxy for a tunnel to the server (RFC 9110 section
// 9.3.6). A 2xx opens it at the empty line of its head, whatever its fields
// and its version say. The server cannot have spoken yet, because TLS begins
// with the client: octets behind the head are a wrong answer, and to read them
// as the server's would let the proxy put words into its mouth. Any other
// final status closes; a body that explains it is not read. A proxy that has
// enough of a request answers and closes before it has taken all of it, which
// ends the sending: the answer says more than that end does.
func (r *route) openTunnel(ctx context.Context, t *nio.Transport) *Error {
	conn := t.Conn(ctx, r.Idle)
	_, unsent := conn.Write(r.tunnel)
	if unsent != nil && (ctx.Err() != nil || errors.Is(unsent, os.ErrDeadlineExceeded)) {
		return r.proxyFailure(ctx, unsent)
	}
	if unsent != nil { // the answer is there, or none will come
		brief, cancel := context.WithTimeout(ctx, refusedWait)
		defer cancel()
		conn = t.Conn(brief, r.Idle)
	}
	a := answer{conn: conn, limits: &r.limits}
	surplus, fault, err := a.final()
	switch {
	case fault != nil:
		return r.badAnswer(fault)
	case err == nil && a.head.Status/100 != 2:
		return &Error{Kind: ProxyRefused, Phase: Proxy, Addr: r.hop.String(), Status: a.head.Status, Reason: a.head.Reason()}
	case unsent != nil:
		return r.proxyFailure(ctx, unsent)
	case err != nil:
		return r.proxyFailure(ctx, err)
	case surplus > 0:
		return r.badAnswer(&h1.Fault{Kind: h1.Invalid, Rule: 25, Text: "octets behind the head that opens a tunnel, before anything was sent through it (RFC 9110 section 9.3.6)"})
	}
	return nil
}

func (r *route) badAnswer(fault error) *Error {
	return &Error{Kind: BadAnswer, Phase: Proxy, Addr: r.hop.String(), Err: fault}
}

// proxyFailure is a failure of the connection to the proxy during its answer.
func (r *route) proxyFailure(ctx context.Context, err error) *Error {
	return failure(ctx, Failed, Proxy, r.hop.String(), ended(err))
}

// ended replaces the end of a stream by io.ErrUnexpectedEOF: while connecting,
// no peer may close.
func ended(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, nio.ErrNoCloseNotify) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// An answer reads the response heads for one CONNECT.
type answer struct {
	conn   net.Conn
	limits *h1.Limits
	head   h1.Head
	buf    []byte // read and not yet parsed
}

// final reads until the first head that is not interim (RFC 9110 section
// 15.2). surplus counts the octets that came behind it.
func (a *answer) final() (surplus int, fault *h1.Fault, err error) {
	for interim := 0; ; {
		n, fault, err := a.next()
		if fault != nil || err != nil {
			return 0, fault, err
		}
		a.buf = a.buf[n:]
		if a.head.Status >= 200 {
			return len(a.buf), nil, nil
		}
		if _, fault := a.head.Framing(h1.Asked{Method: "CONNECT"}); fault != nil {
			return 0, fault, nil // 101, which nobody asked for
		}
		if interim += n; interim > a.limits.Interim {
			return 0, &h1.Fault{Kind: h1.TooLarge, Rule: 27, Text: "too many octets of interim responses"}, nil
		}
		a.head.Reset()
	}
}

// next reads one head of n octets. The parser's limits bound what is read.
func (a *answer) next() (n int, fault *h1.Fault, err error) {
	for {
		if n, fault = a.head.Parse(a.buf, a.limits); n > 0 || fault != nil {
			return n, fault, nil
		}
		if err != nil {
			return 0, nil, err
		}
		a.buf = slices.Grow(a.buf, 1024)
		var m int
		m, err = a.conn.Read(a.buf[len(a.buf):cap(a.buf)])
		a.buf = a.buf[:len(a.buf)+m]
	}
}
