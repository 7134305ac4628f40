package h1

// ValidTarget checks a request target (RFC 9112 section 3.2): "/path?query"
// (origin form), "http://..." or "https://..." (absolute form, for a proxy),
// host:port (authority form, only for CONNECT) or "*" (only for OPTIONS).
func ValidTarget(method, target string) *Fault {
	if target == "" {
		return refusal("empty request target (RFC 9112 section 3.2); use / for the root", "")
	}
	if i := notTarget(target); i >= 0 {
		if target[i] == '#' {
			return refusal("fragment in the request target (RFC 9112 section 3.2.1); cut it off, or write # as %23", targetExcerpt(target))
		}
		return refusal(octetAt(target, i)+" in the request target (RFC 9112 section 3.2); percent-encode it", targetExcerpt(target))
	}
	switch {
	case method == "CONNECT":
		return checkAuthority(target)
	case target[0] == '/':
		return nil
	case target == "*":
		if method != "OPTIONS" {
			return refusal("the target * is only for OPTIONS (RFC 9112 section 3.2.4); use a path that starts with /", excerpt(method))
		}
		return nil
	}
	return checkAbsolute(target)
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
	start, end := authorityOf(target)
	if start == 0 {
		return refusal("the request target has no known form (RFC 9112 section 3.2); start it with /, or with http:// for a proxy", targetExcerpt(target))
	}
	authority := target[start:end]
	if indexOf(authority, '@') >= 0 {
		return refusal("user information in the request target (RFC 9110 section 4.2.4); use an Authorization field", targetExcerpt(target))
	}
	if ValidHost(authority) != nil {
		return refusal("the request target names no valid host (RFC 9112 section 3.2.2); write http://host/path", targetExcerpt(target))
	}
	return nil
}

// authorityOf gives the bounds of the authority in an absolute target; start
// is 0 if the scheme is neither http nor https.
func authorityOf(target string) (start, end int) {
	for _, scheme := range [...]string{"http://", "https://"} {
		if len(target) >= len(scheme) && sameFold(target[:len(scheme)], scheme) {
			start = len(scheme)
		}
	}
	end = start
	for end < len(target) && target[end] != '/' && target[end] != '?' {
		end++
	}
	return start, end
}
