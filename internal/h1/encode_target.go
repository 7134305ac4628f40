package h1

import "strings"

// ValidTarget checks a request target (RFC 9112 section 3.2): "/path?query"
// (origin form), "http://..." or "https://..." (absolute form, for a proxy),
// host:port (authority form, only for CONNECT) or "*" (only for OPTIONS).
func ValidTarget(method, target string) *Fault {
	if target == "" {
		return refusal("empty request target (RFC 9112 section 3.2); use / for the root", "")
	}
	if i := notTarget(target); i >= 0 {
		return targetFault(target, i)
	}
	switch {
	case method == "CONNECT":
		return checkAuthority(target)
	case target[0] == '/':
		return nil
	case target == "*":
		return checkAsterisk(method)
	}
	return checkAbsolute(target)
}

// targetFault says what is wrong with octet i.
func targetFault(target string, i int) *Fault {
	if target[i] == '#' {
		return refusal("fragment in the request target (RFC 9112 section 3.2.1); cut it off, or write # as %23", targetExcerpt(target))
	}
	return refusal(octetAt(target, i)+" in the request target (RFC 9112 section 3.2); percent-encode it", targetExcerpt(target))
}

func checkAsterisk(method string) *Fault {
	if method != "OPTIONS" {
		return refusal("the target * is only for OPTIONS (RFC 9112 section 3.2.4); use a path that starts with /", excerpt(method))
	}
	return nil
}

// checkAuthority checks the target of a CONNECT (RFC 9112 section 3.2.3).
func checkAuthority(target string) *Fault {
	const rule = "the target of CONNECT is host:port (RFC 9112 section 3.2.3); give both, with brackets around an IPv6 address"
	if ValidHost(target) != nil {
		return refusal(rule, targetExcerpt(target))
	}
	if port, _ := portOf(target); port == "" {
		return refusal(rule, targetExcerpt(target))
	}
	return nil
}

// checkAbsolute checks a target in absolute form (RFC 9112 section 3.2.2). A
// name and password in it would go over the wire in the clear, and RFC 9110
// section 4.2.4 forbids to send them.
func checkAbsolute(target string) *Fault {
	scheme, authority, ok := splitAbsolute(target)
	switch {
	case !ok:
		return refusal("the request target has no known form (RFC 9112 section 3.2); start it with /, or with http:// for a proxy", targetExcerpt(target))
	case strings.Contains(authority, "@"):
		return refusal("user information in the request target (RFC 9110 section 4.2.4); use an Authorization field", excerpt(scheme+"***"))
	case ValidHost(authority) != nil:
		return refusal("the request target names no valid host (RFC 9112 section 3.2.2); write http://host/path", targetExcerpt(target))
	}
	return nil
}

// splitAbsolute gives scheme and authority of an absolute target, the slashes
// with the scheme; ok is false if the scheme is neither http nor https.
func splitAbsolute(target string) (scheme, authority string, ok bool) {
	for _, scheme := range [...]string{"http://", "https://"} {
		if len(target) >= len(scheme) && sameFold(target[:len(scheme)], scheme) {
			authority = target[len(scheme):]
			if i := strings.IndexAny(authority, "/?"); i != -1 {
				authority = authority[:i]
			}
			return target[:len(scheme)], authority, true
		}
	}
	return "", "", false
}
