package dial

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dugong-http/dugong/internal/nio"
)

// handshake starts TLS with the server or the proxy at the given end. What is
// verified, and how, is all in cfg; only an empty ServerName is filled in.
func (r *route) handshake(ctx context.Context, t *nio.Transport, cfg *tls.Config, end endpoint) *Error {
	cfg = cfg.Clone()
	if cfg.ServerName == "" && r.Network == "tcp" {
		cfg.ServerName = noZone(end.host)
	}
	if err := t.StartTLS(ctx, cfg, r.Idle); err != nil {
		return tlsFailure(ctx, end.String(), err)
	}
	state, _ := t.TLSState()
	if p := state.NegotiatedProtocol; p != "" && p != "http/1.1" {
		err := fmt.Errorf("the peer chose the protocol %q (ALPN), which is not spoken here; offer http/1.1 in NextProtos, or nothing", p)
		return &Error{Kind: Handshake, Phase: TLS, Addr: end.String(), Err: err}
	}
	return nil
}

// tlsFailure tells a connection that broke from a peer with whom there is no
// TLS to be had: that one will be no better next time.
func tlsFailure(ctx context.Context, addr string, err error) *Error {
	kind := Handshake
	var broken *os.SyscallError
	var cert *tls.CertificateVerificationError // may hold errors of the system too
	if err = ended(err); err == io.ErrUnexpectedEOF || errors.As(err, &broken) && !errors.As(err, &cert) {
		kind = Failed
	}
	var plain tls.RecordHeaderError
	if errors.As(err, &plain) {
		plain.Conn = nil // an error is no way to the socket
		err = plain
		if string(plain.RecordHeader[:]) == "HTTP/" {
			err = fmt.Errorf("the peer speaks plain HTTP on this port: %w", plain)
		}
	}
	return failure(ctx, kind, TLS, addr, err)
}
