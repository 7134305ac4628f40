package dial

import (
	"errors"
	"net/netip"

	"github.com/dugong-http/dugong/internal/h1"
)

// A route is Options found to be possible. All that can be refused is refused
// while it is made: no name is looked up for a connection that cannot be used.
type route struct {
	*Options
	limits h1.Limits
	hop    endpoint // where the socket goes: the server, or its proxy
	target endpoint // the server
	scheme string   // of the proxy, "" without one
	tunnel []byte   // the CONNECT request; nil for none
}

// An endpoint is one end of a connection as it is written in errors.
type endpoint struct {
	host string
	port int // 0 for unix
}

func (e endpoint) String() string {
	if e.port == 0 {
		return e.host
	}
	return joinPort(e.host, e.port)
}

func newRoute(o *Options) (*route, *Error) {
	r := &route{Options: o, limits: o.Limits.WithDefaults(), target: endpoint{o.Host, o.Port}}
	r.hop = r.target
	for _, check := range [...]func() *Error{r.checkTarget, r.checkTestHosts, r.checkProxy} {
		if err := check(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (r *route) checkTarget() *Error {
	rule := ""
	switch {
	case r.Network == "unix":
		rule = badPath(r.Host)
		r.target.port, r.hop.port = 0, 0
		if rule == "" && r.TLS != nil && r.TLS.ServerName == "" && !r.TLS.InsecureSkipVerify {
			rule = "TLS over a unix socket has no name to check the certificate for; set ServerName in the TLS configuration"
		}
	case r.Network != "tcp":
		rule = `the network is neither "tcp" nor "unix"`
	case r.Port < 1 || r.Port > 65535:
		rule = "the port is outside of 1 to 65535"
	case !isIPv6(r.Host):
		rule = badName(r.Host)
	}
	return badOption(Dial, r.target.String(), rule)
}

// checkTestHosts refuses addresses: they need no name service, so they prove
// nothing about it.
func (r *route) checkTestHosts() *Error {
	for _, name := range r.TestHosts {
		rule := badName(name)
		if _, err := netip.ParseAddr(name); err == nil {
			rule = "a DNS test host is a name; an address says nothing about the name service"
		}
		if err := badOption(Resolve, name, rule); err != nil {
			return err
		}
	}
	return nil
}

// badOption is nil if no rule was broken.
func badOption(phase Phase, addr, rule string) *Error {
	if rule == "" {
		return nil
	}
	return &Error{Kind: BadConfig, Phase: phase, Addr: noUserinfo(addr), Err: errors.New(rule)}
}

// Check says what is wrong with the options, without any I/O.
func (o *Options) Check() error {
	if _, bad := newRoute(o); bad != nil {
		return bad
	}
	return nil
}
