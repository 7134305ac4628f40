package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"
)

// stagger is the Connection Attempt Delay of RFC 8305 section 5, which
// recommends 250 ms; net.Dialer waits 300 ms, and only once.
const stagger = 250 * time.Millisecond

// dialFunc makes one attempt at one address.
type dialFunc func(ctx context.Context, addr netip.AddrPort) (net.Conn, error)

type attempt struct {
	conn net.Conn
	err  error
}

// race dials the addresses in turn, the next one when stagger has passed or
// when an attempt has failed, whichever is first, until one succeeds
// (RFC 8305 section 5). The others are then called off and, if they succeeded
// all the same, closed; race returns only after all of them have ended. Each
// attempt has the inactivity timeout for itself. errs has one error for each
// failed attempt, in the order of failing.
func race(ctx context.Context, addrs []netip.AddrPort, idle time.Duration, dial dialFunc) (won net.Conn, errs []error) {
	ctx, callOff := context.WithCancel(ctx)
	defer callOff()
	ended := make(chan attempt, len(addrs))
	running := 0
	next := func() {
		addr := addrs[0]
		addrs = addrs[1:]
		running++
		go func() { ended <- tryOne(ctx, addr, idle, dial) }()
	}
	timer := time.NewTimer(stagger)
	defer timer.Stop()
	next()
	for running > 0 {
		var due <-chan time.Time
		if len(addrs) > 0 {
			due = timer.C
		}
		select {
		case <-due:
		case a := <-ended:
			running--
			switch {
			case a.err != nil:
				errs = append(errs, a.err)
			case won == nil:
				won, addrs = a.conn, nil
				callOff()
			default:
				a.conn.Close()
			}
		}
		if len(addrs) > 0 && ctx.Err() == nil {
			next()
			timer.Reset(stagger)
		}
	}
	return won, errs
}

func tryOne(ctx context.Context, addr netip.AddrPort, idle time.Duration, dial dialFunc) attempt {
	ctx, cancel := withIdle(ctx, idle)
	defer cancel()
	conn, err := dial(ctx, addr)
	if err != nil {
		if idle := expired(ctx, err); idle != nil {
			err = &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(addr), Err: idle}
		}
	}
	return attempt{conn, err}
}

// interleave orders addresses for race: the families in turn, beginning with
// that of the first one, otherwise as the resolver sorted them (RFC 8305
// section 4). Doubles are left out.
func interleave(addrs []netip.Addr, port int) []netip.AddrPort {
	var families [2][]netip.AddrPort
	seen := make(map[netip.Addr]bool, len(addrs))
	for _, a := range addrs {
		a = a.Unmap()
		if seen[a] {
			continue
		}
		seen[a] = true
		f := 0
		if a.Is4() != addrs[0].Unmap().Is4() {
			f = 1
		}
		families[f] = append(families[f], netip.AddrPortFrom(a, uint16(port)))
	}
	order := make([]netip.AddrPort, 0, len(seen))
	for i := range max(len(families[0]), len(families[1])) {
		for _, f := range families {
			if i < len(f) {
				order = append(order, f[i])
			}
		}
	}
	return order
}

// raceError joins the errors of all attempts. They count as an inactivity
// timeout only if all of them are one.
func raceError(ctx context.Context, addr string, errs []error) *Error {
	kind := TimedOut
	for _, err := range errs {
		var idle *idleError
		if !errors.As(err, &idle) {
			kind = Failed
		}
	}
	if ctx.Err() != nil {
		return &Error{Kind: Canceled, Phase: Dial, Addr: addr, Err: context.Cause(ctx)}
	}
	return &Error{Kind: kind, Phase: Dial, Addr: addr, Err: errors.Join(errs...)}
}
