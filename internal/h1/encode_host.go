package h1

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
	end := indexOf(host, ':')
	if host[0] == '[' { // the colon after the bracket; an IPv6 address has at least one inside
		end = indexOf(host, ']') + 1
		if end == 0 || indexOf(host[:end], ':') < 0 || indexOf(host[1:end], '[') >= 0 {
			return "", false
		}
	} else if indexOf(host, '[') >= 0 || indexOf(host, ']') >= 0 {
		return "", false
	}
	if end < 0 || end == len(host) {
		return "", true
	}
	if end == 0 || host[end] != ':' {
		return "", false
	}
	port = host[end+1:]
	return port, port == "" || isPort(port)
}

func indexOf(s string, c byte) int {
	for i := range len(s) {
		if s[i] == c {
			return i
		}
	}
	return -1
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
