package dugong

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"syscall"

	"github.com/dugong-http/dugong/internal/nio"
)

// IsTemporary reports whether err may go away by itself, so that trying again
// later, on a new connection, makes sense: timeouts, lost and refused
// connections, networks and hosts that cannot be reached, name resolution that
// does not work now. It does not say that repeating a request is harmless:
// that is the Verdict. Wrapped errors are looked into. (Original:
// is_temp_network_error.)
//
// It is false for whatever the peer or the caller did wrong, for a name that
// does not exist, a certificate that is not trusted, a proxy that refuses, and
// for the end of a context, which the caller brought about. It is true after
// Close and Reset: another connection would do. Close is for good, though: a loop
// that repeats on the same Conn has to look for net.ErrClosed.
func IsTemporary(err error) bool {
	if err == nil {
		return false
	}
	var e *Error
	if errors.As(err, &e) {
		return e.temporary()
	}
	return temporaryCause(err)
}

func (e *Error) temporary() bool {
	switch e.Kind {
	case ErrConnectionClosed, ErrConnectionTimedOut, ErrDNSUnavailable:
		return true
	case ErrConnectFailed, ErrTLS:
		return temporaryCause(e.Err)
	}
	return false
}

// temporaryCause judges the errors of other packages.
func temporaryCause(err error) bool {
	var dns *net.DNSError
	var errno syscall.Errno
	var timeout net.Error
	var several interface{ Unwrap() []error }
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return false
	case errors.As(err, &several): // attempts at several addresses: one that may go well is enough
		return slices.ContainsFunc(several.Unwrap(), temporaryCause)
	case errors.As(err, &dns):
		return !dns.IsNotFound
	case errors.As(err, &errno):
		return temporaryErrno(errno)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, nio.ErrNoCloseNotify):
		return true
	case errors.Is(err, os.ErrDeadlineExceeded):
		return true
	}
	return errors.As(err, &timeout) && timeout.Timeout()
}

func temporaryErrno(e syscall.Errno) bool {
	for _, t := range temporaryErrnos {
		if e == t {
			return true
		}
	}
	return false
}
