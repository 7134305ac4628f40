package dial

import (
	"context"
	"errors"
	"net"
	"os"
	"strconv"
	"time"
)

// Phase names the step of connecting at which an error happened. It is empty
// if not even the first step could begin.
type Phase string

const (
	Resolve Phase = "resolve" // looking up the name of the server, or of the proxy
	Dial    Phase = "dial"    // making the connection of the transport layer
	Proxy   Phase = "proxy"   // asking the proxy for a way through
	TLS     Phase = "tls"     // handshake, with the proxy or with the server
)

// Kind is what went wrong, in the terms in which a caller decides.
type Kind uint8

const (
	NameMissing  Kind = iota + 1 // name service works and knows no address of that name
	DNSDown                      // name service does not work, nothing is known about the name
	Failed                       // refused, unreachable, reset: the cause tells
	ProxyRefused                 // the proxy understood and said no
	Handshake                    // no TLS with this peer: certificate, version, protocol
	TimedOut                     // nothing moved for Options.Idle
	Canceled                     // the context ended; the cause is context.Cause
	BadAnswer                    // the proxy's answer is not what its protocol allows
	BadConfig                    // the options cannot work; nothing was sent
)

var kindText = [...]string{
	NameMissing: "no such name", DNSDown: "name service unavailable", Failed: "connection failed", ProxyRefused: "refused by the proxy",
	Handshake: "TLS handshake failed", TimedOut: "timed out", Canceled: "canceled", BadAnswer: "invalid answer of the proxy", BadConfig: "invalid configuration",
}

func (k Kind) String() string {
	if k == 0 || int(k) >= len(kindText) {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindText[k]
}

// Error is the only error that leaves this package.
type Error struct {
	Kind   Kind
	Phase  Phase
	Addr   string // what was being tried: name, host:port or path; never userinfo
	Status int    // ProxyRefused by CONNECT: the status of the answer, else 0
	Reason string // ProxyRefused: reason phrase, or what SOCKS said
	Err    error  // the cause; several attempts are joined
	Hop    bool   // the way to the proxy failed: Addr is the proxy's, Phase does not say so
}

func (e *Error) Error() string {
	s := e.Kind.String()
	if e.Addr != "" {
		s = e.Addr + ": " + s
	}
	if e.Phase != "" {
		s = string(e.Phase) + " " + s
	}
	if e.Status != 0 {
		s += ": status " + strconv.Itoa(e.Status)
	}
	if e.Reason != "" {
		s += ": " + e.Reason
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// Timeout makes Error a timeout in the sense of net.Error, and so does an
// expired context.
func (e *Error) Timeout() bool {
	return e.Kind == TimedOut || e.Kind == Canceled && errors.Is(e.Err, context.DeadlineExceeded)
}

// Temporary belongs to net.Error. It is true only for what this package knows
// by itself; the cause of Failed is for the caller to judge.
func (e *Error) Temporary() bool { return e.Kind == TimedOut || e.Kind == DNSDown }

// idleError is the inactivity timeout. It hides the error of the interrupted
// call: net reports those as context.DeadlineExceeded, which would look as if
// the caller's own context had expired.
type idleError struct{ after time.Duration }

func (e *idleError) Error() string   { return "nothing happened for " + e.after.String() }
func (e *idleError) Timeout() bool   { return true }
func (e *idleError) Temporary() bool { return true }
func (e *idleError) Is(t error) bool { return t == os.ErrDeadlineExceeded }

// withIdle bounds one step. Only expired tells its timeout from the end of ctx.
func withIdle(ctx context.Context, idle time.Duration) (context.Context, context.CancelFunc) {
	if idle <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, idle, &idleError{idle})
}

// early is how long before a context's own timer the deadline may strike that
// package net makes of it for a socket: it is reckoned anew there.
const early = 10 * time.Millisecond

// expired returns the inactivity timeout if that is what ended a context made
// by withIdle, else nil. err is what the step has given: where that is a timeout
// and the context is about to end, its end is awaited, since only then is it
// known whose deadline it was.
func expired(ctx context.Context, err error) error {
	var timeout net.Error
	if d, ok := ctx.Deadline(); ok && errors.As(err, &timeout) && timeout.Timeout() && time.Until(d) < early {
		<-ctx.Done()
	}
	if idle, ok := context.Cause(ctx).(*idleError); ok {
		return idle
	}
	return nil
}

// failure makes the Error of a step: the end of ctx comes first, then the
// inactivity timeout, in whatever form it arrives, then kind.
func failure(ctx context.Context, kind Kind, phase Phase, addr string, err error) *Error {
	switch {
	case ctx.Err() != nil:
		kind, err = Canceled, context.Cause(ctx)
	case errors.Is(err, os.ErrDeadlineExceeded):
		kind = TimedOut
	}
	return &Error{Kind: kind, Phase: phase, Addr: addr, Err: err}
}
