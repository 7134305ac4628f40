package h1

import "strings"

// hostOctet says which octets may stand in a host with its port: those of
// reg-name, brackets and the colon (RFC 3986 section 3.2.2).
var hostOctet = func() (t [256]bool) {
	for _, c := range []byte("-._~%!$&'()*+,;=:[]0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return t
}()

// ValidHost checks the value of a Host field: host, or host:port (RFC 9110
// section 7.2).
func ValidHost(host string) *Fault {
	const rule = " (RFC 9110 section 7.2); give host or host:port, with brackets around an IPv6 address"
	if host == "" {
		return refusal("empty host"+rule, "")
	}
	for i := range len(host) {
		if !hostOctet[host[i]] {
			return refusal(octetAt(host, i)+" in the host"+rule, hostExcerpt(host))
		}
	}
	if _, ok := portOf(host); !ok {
		return refusal("malformed host or port"+rule, hostExcerpt(host))
	}
	return nil
}

// portOf gives what follows the colon after the host, whose octets are known
// to be fit. The port may be left empty, as in RFC 3986 section 3.2.3.
func portOf(host string) (port string, ok bool) {
	if literal, isLiteral := strings.CutPrefix(host, "["); isLiteral {
		address, rest, closed := strings.Cut(literal, "]")
		if !closed || !strings.Contains(address, ":") || strings.Contains(address, "[") {
			return "", false
		}
		if rest == "" {
			return "", true
		}
		port, ok = strings.CutPrefix(rest, ":")
		return port, ok && (port == "" || isPort(port))
	}
	name, port, _ := strings.Cut(host, ":")
	return port, name != "" && !strings.ContainsAny(name, "[]") && (port == "" || isPort(port))
}

// isPort says whether p is a decimal number within 1..65535.
func isPort(p string) bool {
	n := 0
	for i := range len(p) {
		if p[i] < '0' || p[i] > '9' {
			return false
		}
		if n = n*10 + int(p[i]-'0'); n > 65535 {
			return false
		}
	}
	return n > 0
}
