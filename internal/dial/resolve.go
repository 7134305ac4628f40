package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
)

// How a failed look-up is judged. Resolvers are poor witnesses: a home router
// without uplink says "no such host", a server in trouble says "try again" for
// names that do not exist, and the flags of net.DNSError differ between Go's
// own resolver, libc and Windows.
//
//  1. "Not found" (NXDOMAIN, or no address under the name) means NameMissing,
//     everything else that a resolver may say means DNSDown: SERVFAIL, REFUSED,
//     nobody at the port, silence until the resolver gives up, nonsense.
//  2. With test hosts, neither is believed at once. They are all asked for at
//     the same time, and the first success ends that. If none is found, it is
//     DNSDown. Otherwise the name service works, or works again: the name is
//     looked up once more, and that answer is final under rule 1.
//  3. All look-ups together are one step with one inactivity timeout. When it
//     strikes while the name itself is looked up, that is TimedOut; test hosts
//     that are silent until then have given their answer.

// lookup finds the addresses of host. Addresses are never looked up.
func (r *route) lookup(ctx context.Context, host string) ([]netip.Addr, *Error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	step, cancel := withIdle(ctx, r.Idle)
	defer cancel()
	addrs, err := r.find(step, host)
	if err != nil && expired(step, err) == nil && step.Err() == nil && len(r.TestHosts) > 0 {
		if r.probe(step) {
			addrs, err = r.find(step, host)
		} else if ctx.Err() == nil {
			return nil, &Error{Kind: DNSDown, Phase: Resolve, Addr: host, Err: err}
		}
	}
	if err == nil {
		return addrs, nil
	}
	if idle := expired(step, err); idle != nil {
		err = idle
	}
	return nil, failure(ctx, verdict(err), Resolve, host, err)
}

func verdict(err error) Kind {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return NameMissing
	}
	return DNSDown
}

// find makes one look-up. It is not LookupNetIP, which drops zones.
func (r *route) find(ctx context.Context, host string) ([]netip.Addr, error) {
	res := r.Resolver
	if res == nil {
		res = net.DefaultResolver
	}
	ips, err := res.LookupIPAddr(ctx, host)
	if err != nil {
		return nil, err
	}
	addrs := make([]netip.Addr, 0, len(ips))
	for _, ip := range ips {
		if a, ok := netip.AddrFromSlice(ip.IP); ok {
			addrs = append(addrs, a.Unmap().WithZone(ip.Zone))
		}
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no address", Name: host, IsNotFound: true}
	}
	return addrs, nil
}

// probe reports whether any test host resolves. It returns when all look-ups
// have ended, which the first success brings about.
func (r *route) probe(ctx context.Context) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan bool, len(r.TestHosts))
	for _, host := range r.TestHosts {
		go func() {
			_, err := r.find(ctx, host)
			answers <- err == nil
		}()
	}
	works := false
	for range r.TestHosts {
		if <-answers {
			works = true
			cancel()
		}
	}
	return works
}
