package dugong

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/dugong-http/dugong/internal/dial"
	"github.com/dugong-http/dugong/internal/h1"
)

// A call is what an error says about the call that it ends, and how long that
// may wait. The functions below a call share it: it lives on the stack of the
// exported one, or in a Body for all that read it.
type call struct {
	op           string
	phase        Phase
	method, path string
	limit        *time.Time // of its waits, beside the inactivity timeout; nil or zero: none
	land         landing    // where a wait for octets of a body reads to
}

// in is the same call in another phase.
func (k *call) in(p Phase) *call {
	other := *k
	other.phase = p
	return &other
}

// of is the same call, now known to be about x.
func (k *call) of(x *h1.Exchange) *call {
	k.method, k.path = x.Method, x.Path
	return k
}

// fail makes the error of a call. Whose fault it is follows from the kind
// unless the caller changes it.
func (c *Conn) fail(k *call, kind, cause error) *Error {
	e := &Error{
		Kind: kind, Op: k.op, Phase: k.phase, Method: methodText(k.method), Path: withoutQuery(k.path),
		Addr: c.addr.text, Err: cause, Fault: FaultNetwork,
	}
	switch kind {
	case ErrHostnameNotResolvable, ErrState, ErrExcessBodyData, ErrInvalidRequest, ErrInvalidConfig, ErrCanceled, ErrPipelineFull, ErrBodySource:
		e.Fault = FaultCaller
	case ErrInvalidResponse, ErrTooLarge, ErrUnsupportedResponse, ErrProxyRefused, ErrTLS, ErrEarlyResponse:
		e.Fault = FaultPeer
	}
	if cause == error(errLocalClose) {
		e.Fault = FaultCaller
	}
	return e
}

// faulted makes the error of a call out of a fault of the protocol core.
func (c *Conn) faulted(k *call, f *h1.Fault) *Error {
	whose, kind := kindOf(f)
	e := c.fail(k, kind, nil)
	e.Fault, e.Detail = whose, f.Error()
	if whose == FaultPeer {
		e.Detail = firstWord(e.Detail)
	}
	if f.Kind == h1.Truncated {
		e.Err = errShort
	}
	return e
}

// state is an ErrState with its reason.
func (c *Conn) state(k *call, why string) *Error {
	e := c.fail(k, ErrState, nil)
	e.Detail = why
	return e
}

// canceled is the error of a wait that the context ended.
func (c *Conn) canceled(k *call, p Phase, cause error) *Error {
	return c.fail(k.in(p), ErrCanceled, cause)
}

// waited translates the error of a wait. Neither a timeout nor the end of a
// context hurts the connection by itself.
func (c *Conn) waited(ctx context.Context, k *call, err error) *Error {
	switch {
	case ctx.Err() != nil:
		return c.fail(k, ErrCanceled, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return c.fail(k, ErrConnectionTimedOut, nil)
	}
	var e *Error
	if errors.As(err, &e) { // the waiter of a task has its own word
		return e
	}
	return c.fail(k, ErrConnectionClosed, err)
}

var dialKinds = map[dial.Kind]error{
	dial.NameMissing: ErrHostnameNotResolvable, dial.DNSDown: ErrDNSUnavailable, dial.Failed: ErrConnectFailed,
	dial.ProxyRefused: ErrProxyRefused, dial.Handshake: ErrTLS, dial.TimedOut: ErrConnectionTimedOut,
	dial.Canceled: ErrCanceled, dial.BadConfig: ErrInvalidConfig,
}

// connectError translates what package dial says.
func (c *Conn) connectError(k *call, err error) *Error {
	var d *dial.Error
	if !errors.As(err, &d) {
		return c.fail(k.in(PhaseDial), ErrConnectFailed, err)
	}
	k = k.in(Phase(d.Phase))
	var f *h1.Fault
	var e *Error
	if d.Kind == dial.BadAnswer && errors.As(d.Err, &f) {
		e = c.faulted(k, f)
	} else if kind, ok := dialKinds[d.Kind]; ok {
		e = c.fail(k, kind, d.Err)
	} else {
		e = c.fail(k, ErrConnectFailed, d.Err)
	}
	if e.Status = d.Status; d.Reason != "" && !c.echoesLogin(d.Reason) {
		e.Detail = d.Reason
	}
	if d.Addr != "" {
		e.Addr = d.Addr
	}
	e.hop = d.Hop
	return e
}

// echoesLogin reports whether a proxy's words hold what we logged in with.
func (c *Conn) echoesLogin(text string) bool {
	if c.cfg.Proxy == nil || c.cfg.Proxy.User == nil {
		return false
	}
	_, basic, _ := strings.Cut(dial.BasicAuth(c.cfg.Proxy.User), " ")
	password, _ := c.cfg.Proxy.User.Password()
	return strings.Contains(text, basic) || password != "" && strings.Contains(text, password)
}
