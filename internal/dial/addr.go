package dial

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// ParseAddr splits the address of a server. Its forms are host, host:port,
// [v6], [v6]:port, bare v6 (all with a zone or without) and unix:/path. The
// default port is 80, or 443 with tls. For a unix socket, host is the path and
// port is 0.
func ParseAddr(addr string, tls bool) (network, host string, port int, err error) {
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		if rule := badPath(path); rule != "" {
			return "", "", 0, badAddr(addr, rule)
		}
		return "unix", path, 0, nil
	}
	host, tail, rule := splitAddr(addr)
	if rule == "" && !strings.Contains(host, ":") {
		rule = badName(host)
	}
	port = defaultPort(tls)
	if rule == "" && tail != "" {
		port, rule = parsePort(tail[1:])
	}
	if rule != "" {
		return "", "", 0, badAddr(addr, rule)
	}
	return "tcp", host, port, nil
}

func defaultPort(tls bool) int {
	if tls {
		return 443
	}
	return 80
}

// splitAddr cuts addr into the host without brackets and the port with its
// colon. A host with a colon in it is a valid IPv6 address. rule is what addr
// breaks, if it does.
func splitAddr(addr string) (host, port, rule string) {
	if addr == "" {
		return "", "", "it is empty; give host, host:port, [v6]:port or unix:/path"
	}
	if strings.Contains(addr, "://") {
		return "", "", "a URL is not an address; leave out scheme and path"
	}
	if inner, ok := strings.CutPrefix(addr, "["); ok {
		host, port, ok = strings.Cut(inner, "]")
		if !ok || !isIPv6(host) {
			return "", "", "brackets hold one IPv6 address; write [::1] or [::1]:8080"
		}
		if port != "" && port[0] != ':' {
			return "", "", "only a colon and a port may follow the bracket"
		}
		return host, port, ""
	}
	if isIPv6(addr) {
		return addr, "", ""
	}
	i := strings.IndexByte(addr, ':')
	if i < 0 {
		return addr, "", ""
	}
	if strings.LastIndexByte(addr, ':') != i {
		return "", "", "several colons, but no IPv6 address; write [v6]:port"
	}
	return addr[:i], addr[i:], ""
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && badZone(a.Zone()) == ""
}

// badZone keeps out of a zone, which netip does not look into, what an
// interface is never called and what would be dangerous in a log.
func badZone(zone string) string {
	for i := range len(zone) {
		if c := zone[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("[]/@%?#", c) >= 0 {
			return "the zone is not the name of an interface"
		}
	}
	return ""
}

func parsePort(s string) (port int, rule string) {
	if s == "" {
		return 0, "no port after the colon; leave out the colon for the default port"
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, "the port is a decimal number"
		}
	}
	port, err := strconv.Atoi(s)
	if err != nil || port < 1 || port > 65535 {
		return 0, "the port is outside of 1 to 65535"
	}
	return port, ""
}

// badName says what is wrong with a host that is not IPv6. The octets are
// those of reg-name (RFC 3986 section 3.2.2) without percent-encoding, which
// neither name service nor certificates know.
func badName(host string) string {
	if host == "" {
		return "the host is empty; name it, for this machine as localhost"
	}
	for i := range len(host) {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~!$&'()*+,;=", c) >= 0:
		case c == '@':
			return "credentials do not belong into an address; send them in a header field"
		case c == '/':
			return "a path is not part of an address; leave it out, or write unix:/path for a socket"
		case c >= 0x80:
			return "the host is not ASCII; give the xn-- form of the name (IDNA)"
		default:
			return "a host has no " + strconv.QuoteRuneToASCII(rune(c)) + " in it (RFC 3986 section 3.2.2)"
		}
	}
	return ""
}

func badPath(path string) string {
	switch {
	case path == "":
		return "no path after unix:"
	case strings.IndexByte(path, 0) >= 0:
		return "a path has no NUL in it; an abstract socket is written unix:@name"
	case path[0] != '/' && path[0] != '@' && !filepath.IsAbs(path):
		return "the path of a socket is absolute, so that it means the same wherever it is used; write unix:/path"
	}
	return ""
}

// noUserinfo cuts off what may be userinfo in an address that is not valid.
func noUserinfo(addr string) string {
	if i := strings.LastIndexByte(addr, '@'); i > 0 && addr[0] != '/' && !strings.HasPrefix(addr, "unix:") {
		return "..." + addr[i:]
	}
	return addr
}

func badAddr(addr, rule string) error {
	addr = noUserinfo(addr)
	if len(addr) > 80 {
		addr = addr[:80] + "..."
	}
	return &Error{Kind: BadConfig, Err: fmt.Errorf("address %q: %w", addr, errors.New(rule))}
}

// HostField returns the value of the Host field for a server: brackets around
// IPv6, no zone (it means something on this machine only, RFC 6874 section 4),
// and no port if that is the default one. A unix socket, known by its path, is
// localhost.
func HostField(host string, port int, tls bool) string {
	host = noZone(host) // first: there may be anything in a zone
	if strings.ContainsAny(host, `/\@`) {
		return "localhost"
	}
	if port != 0 && port != defaultPort(tls) {
		return net.JoinHostPort(host, strconv.Itoa(port))
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// noZone cuts off the zone of an IPv6 address.
func noZone(host string) string {
	if strings.Contains(host, ":") {
		host, _, _ = strings.Cut(host, "%")
	}
	return host
}

func joinPort(host string, port int) string { return net.JoinHostPort(host, strconv.Itoa(port)) }
