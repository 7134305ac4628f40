package dugong_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// TestContractTemporary: what may go away by itself, for errors of this package,
// of others, and wrapped ones.
func TestContractTemporary(t *testing.T) {
	ours := func(kind, cause error) error { return &dugong.Error{Kind: kind, Op: "test", Err: cause} }
	cert := &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}
	refused := &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	table := []struct {
		name string
		err  error
		want bool
	}{
		{"none", nil, false},
		{"foreign", errors.New("x"), false},
		{"closed", ours(dugong.ErrConnectionClosed, nil), true},
		{"closed, odd cause", ours(dugong.ErrConnectionClosed, errors.New("x")), true},
		{"timed out", ours(dugong.ErrConnectionTimedOut, nil), true},
		{"name service", ours(dugong.ErrDNSUnavailable, nil), true},
		{"connect, refused", ours(dugong.ErrConnectFailed, refused), true},
		{"connect, several", ours(dugong.ErrConnectFailed, errors.Join(refused, refused)), true},
		{"connect, denied", ours(dugong.ErrConnectFailed, syscall.EACCES), false},
		{"connect, nothing known", ours(dugong.ErrConnectFailed, nil), false},
		{"TLS, certificate", ours(dugong.ErrTLS, cert), false},
		{"TLS, other", ours(dugong.ErrTLS, tls.RecordHeaderError{Msg: "x"}), false},
		{"TLS, cut off", ours(dugong.ErrTLS, io.ErrUnexpectedEOF), true},
		{"name missing", ours(dugong.ErrHostnameNotResolvable, &net.DNSError{IsTemporary: true}), false},
		{"invalid response", ours(dugong.ErrInvalidResponse, nil), false},
		{"too large", ours(dugong.ErrTooLarge, nil), false},
		{"unsupported", ours(dugong.ErrUnsupportedResponse, nil), false},
		{"state", ours(dugong.ErrState, nil), false},
		{"excess", ours(dugong.ErrExcessBodyData, nil), false},
		{"full", ours(dugong.ErrPipelineFull, nil), false},
		{"early", ours(dugong.ErrEarlyResponse, nil), false},
		{"request", ours(dugong.ErrInvalidRequest, nil), false},
		{"config", ours(dugong.ErrInvalidConfig, nil), false},
		{"407", &dugong.Error{Kind: dugong.ErrProxyRefused, Status: 407}, false},
		{"source", ours(dugong.ErrBodySource, syscall.ECONNRESET), false},
		{"canceled", ours(dugong.ErrCanceled, context.Canceled), false},
		{"deadline of a context", ours(dugong.ErrCanceled, context.DeadlineExceeded), false},
		{"bare canceled", context.Canceled, false},
		{"bare deadline of a context", context.DeadlineExceeded, false},
		{"deadline of a connection", os.ErrDeadlineExceeded, true},
		{"EOF", io.EOF, true},
		{"unexpected EOF", io.ErrUnexpectedEOF, true},
		{"bare certificate", cert, false},
		{"bare x509", x509.HostnameError{}, false},
		{"DNS not found", &net.DNSError{IsNotFound: true}, false},
		{"DNS try again", &net.DNSError{IsTemporary: true}, true},
		{"DNS timeout", &net.DNSError{IsTimeout: true}, true},
		{"DNS failure", &net.DNSError{}, true},
		{"no number", &os.PathError{Op: "x", Err: errors.New("y")}, false},
		{"not found", os.ErrNotExist, false},
		{"EPERM", syscall.EPERM, false},
		{"ENOENT", syscall.ENOENT, false},
		{"EBADF", syscall.EBADF, false},
	}
	for _, c := range table {
		for how, wrap := range map[string]func(error) error{
			"bare":    func(err error) error { return err },
			"wrapped": func(err error) error { return fmt.Errorf("while at work: %w", err) },
			"joined":  func(err error) error { return errors.Join(errors.New("first"), err) },
		} {
			if c.err == nil && how != "bare" {
				continue
			}
			if got := dugong.IsTemporary(wrap(c.err)); got != c.want {
				t.Errorf("%s, %s: temporary %v", c.name, how, got)
			}
		}
		if e, ok := c.err.(*dugong.Error); ok && e.Temporary() != c.want {
			t.Errorf("%s: the method says %v", c.name, e.Temporary())
		}
	}
}

// An expired or cancelled context wraps its cause, is no inactivity timeout
// and not temporary; an inactivity timeout is both kinds of timeout.
func TestContractTemporaryContext(t *testing.T) {
	cause := errors.New("the user left")
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cause": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(cause)
			return ctx, func() { cancel(nil) }
		},
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
	} {
		plainBubble(t, dugong.Config{}, func(r *rig) {
			r.get("/")
			ctx, cancel := end(r.ctx)
			defer cancel()
			_, err := r.ReadResponse(ctx)
			e := r.wantErr(err, dugong.ErrCanceled)
			want := map[string]error{"cause": cause, "deadline": context.DeadlineExceeded}[name]
			if !errors.Is(e, want) || errors.Is(e, dugong.ErrConnectionTimedOut) || errors.Is(e, os.ErrDeadlineExceeded) || dugong.IsTemporary(e) {
				t.Errorf("%s: %v", name, e)
			}
			if e.Timeout() != (name == "deadline") || e.Fault != dugong.FaultCaller {
				t.Errorf("%s: timeout %v, fault %s", name, e.Timeout(), e.Fault)
			}
		}, func(p *wiretest.Peer) { p.Drain() })
	}
}
