package nio

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// A layer is one TLS connection of a Transport. Two of them: TLS to a proxy,
// and TLS to the origin inside it.
type layer struct {
	conn  *tls.Conn
	under *underTLS
}

// underTLS is the net.Conn that crypto/tls sees. While wait is set, which is
// during the handshake only, it waits as a blocking connection would. From
// then on its Read says ErrWouldBlock, and its Write always accepts: so
// crypto/tls never waits while it holds its locks, and a KeyUpdate that asks
// for an answer cannot stop a reader behind a suspended writer.
type underTLS struct {
	addrs
	t    *Transport
	next io.ReadWriter // the TLS connection below; nil: the socket
	wait func(Events) error
	eof  bool     // the stream below has ended
	raw  net.Conn // after Release: the socket, which waits by itself
}

func (u *underTLS) Read(p []byte) (n int, err error) {
	for {
		switch {
		case u.raw != nil:
			n, err = u.raw.Read(p)
		case u.next != nil:
			n, err = u.next.Read(p)
		default:
			n, err = u.t.tryReadSocket(p)
		}
		if u.next == nil && u.wait != nil && errors.Is(err, ErrWouldBlock) {
			if err = u.wait(In); err == nil {
				continue
			}
		}
		u.eof = u.eof || err == io.EOF
		if u.released && err == io.EOF {
			err = errCut
		}
		return n, err
	}
}

// errCut stands for ErrNoCloseNotify where nobody stands above crypto/tls any
// more: of an end between two records it would make a clean one.
var errCut = fmt.Errorf("%w: %w", ErrNoCloseNotify, io.ErrUnexpectedEOF)

func (u *underTLS) Write(p []byte) (int, error) {
	if u.next != nil {
		return u.next.Write(p)
	}
	if u.raw != nil {
		return u.writeRaw(p)
	}
	u.t.out.add(p)
	if u.wait == nil {
		return len(p), nil
	}
	return len(p), pushAll(u.t, u.wait)
}

// pushAll waits until the socket has taken everything that is sealed.
func pushAll(t *Transport, wait func(Events) error) error {
	for {
		err := t.Push()
		if !errors.Is(err, ErrWouldBlock) {
			return err
		}
		if err := wait(Out); err != nil {
			return err
		}
	}
}

// StartTLS puts TLS on top of what is there and makes the handshake, waiting
// through ctx with the inactivity timeout idle. Nobody else may use t
// meanwhile but to Close it. After an error t is of no use any more.
//
// Renegotiation stays off whatever cfg says: it would be a handshake in the
// middle of a read, which may not wait. So does dynamic record sizing.
func (t *Transport) StartTLS(ctx context.Context, cfg *tls.Config, idle time.Duration) error {
	cfg = cfg.Clone()
	cfg.Renegotiation = tls.RenegotiateNever
	// Records that begin small are for a peer that shows a large body as it
	// comes. A batch of requests is to arrive in one piece: it costs less, and
	// some servers close without a word on a pipeline in several records.
	cfg.DynamicRecordSizingDisabled = true
	bottom := &underTLS{addrs: addrs{c: t.s.NetConn()}, t: t}
	if n := len(t.layers); n > 0 {
		bottom.next = t.layers[n-1].conn
	}
	l := layer{conn: tls.Client(bottom, cfg), under: bottom}

	wait := func(want Events) error { return t.Wait(ctx, want, idle) }
	t.setWait(bottom, wait)
	defer t.setWait(bottom, nil)
	// Without a Done channel crypto/tls starts no goroutine; cancellation
	// reaches the handshake through wait.
	if err := l.conn.HandshakeContext(Detach(context.WithoutCancel(ctx))); err != nil {
		return err
	}
	t.layers = append(t.layers, l)
	return nil
}

// setWait makes the layer that touches the socket wait, which carries the
// layers above it.
func (t *Transport) setWait(u *underTLS, wait func(Events) error) {
	for _, l := range t.layers {
		if l.under.next == nil {
			u = l.under
		}
	}
	u.wait = wait
}

// TLSState describes the innermost TLS connection, the one to the origin.
func (t *Transport) TLSState() (tls.ConnectionState, bool) {
	if len(t.layers) == 0 {
		return tls.ConnectionState{}, false
	}
	return t.layers[len(t.layers)-1].conn.ConnectionState(), true
}

// BrokeTLS reports whether the error of a read or write is one of TLS itself: a
// record that makes no sense, or an alert that ended the connection, ours ("local
// error") or the peer's, which is also how a server of TLS 1.3 refuses a client
// certificate. crypto/tls has no other name for alerts.
func BrokeTLS(err error) bool {
	var record tls.RecordHeaderError
	var op *net.OpError
	return errors.As(err, &record) || errors.As(err, &op) && (op.Op == "local error" || op.Op == "remote error")
}

// EndTLS queues close_notify and pushes as much as goes without waiting.
func (t *Transport) EndTLS() {
	n := len(t.layers)
	if n == 0 {
		return
	}
	t.layers[n-1].conn.CloseWrite()
	if l, ok := t.s.(interface{ Linger() }); t.Push() == nil && ok {
		l.Linger()
	}
}
