package h1

import "strconv"

// What may stand in a request line and in a field line. Names are compared
// and classes are decided octet by octet in ASCII: a letter that merely looks
// like one (or folds to one in Unicode) is another octet, and refused.

// ValidMethod checks that method is a token (RFC 9110 section 9.1).
func ValidMethod(method string) *Fault {
	if method == "" {
		return refusal("empty method (RFC 9110 section 9.1); give one, such as GET", "")
	}
	if i := notToken(method); i >= 0 {
		return refusal(octetAt(method, i)+" in the method, which is a token (RFC 9110 section 9.1); use letters as in GET", excerpt(method[:i+1]))
	}
	return nil
}

// ValidField checks a field name and value (RFC 9110 sections 5.1 and 5.5).
func ValidField(name, value string) *Fault { return checkField(nameOf(name), name, value) }

func checkField(id nameID, name, value string) *Fault {
	if id == nameOther { // the others are known to be tokens
		if name == "" {
			return refusal("empty field name (RFC 9110 section 5.1); leave the field out", "")
		}
		if i := notToken(name); i >= 0 {
			return refusal(octetAt(name, i)+" in a field name, which is a token (RFC 9110 section 5.1); use letters, digits and hyphens", excerpt(name[:i+1]))
		}
	}
	return checkValue(name, value)
}

// checkValue refuses what could end the field line or be read differently by
// two recipients: controls and blanks at the ends. The fault does not repeat the
// value: any field may hold a key or a token, whatever its name.
func checkValue(name, value string) *Fault {
	if value == "" {
		return nil
	}
	if i := notValue(value); i >= 0 {
		return refusal(octetAt(value, i)+" in the value of "+shorten(name)+" (RFC 9110 section 5.5); remove or encode it", "")
	}
	if isBlank(value[0]) || isBlank(value[len(value)-1]) {
		return refusal("blank at an end of the value of "+shorten(name)+" (RFC 9110 section 5.5); trim it", "")
	}
	return nil
}

// checkPlan checks what Begin got, as far as it depends on no field. A host
// equal to known was checked before.
func checkPlan(p *Plan, known string) *Fault {
	if f := ValidMethod(p.Method); f != nil {
		return f
	}
	if f := ValidTarget(p.Method, p.Target); f != nil {
		return f
	}
	if p.Host == "" || p.Host != known {
		if f := ValidHost(p.Host); f != nil {
			return f
		}
	}
	if f := checkValue("Content-MD5", p.MD5); f != nil {
		return f
	}
	if f := checkValue("Proxy-Authorization", p.ProxyAuth); f != nil {
		return f
	}
	return checkLength(p)
}

// checkLength checks that the body fits the method.
func checkLength(p *Plan) *Fault {
	body := p.Length > 0 || p.Length == ChunkedLength
	switch {
	case p.Length < ChunkedLength:
		return refusal("negative body length (RFC 9110 section 8.6); use BodyChunked if the length is not known", strconv.FormatInt(p.Length, 10))
	case p.Expect && p.Length == NoLength:
		return refusal("100-continue without a body (RFC 9110 section 10.1.1); use ExpectContinue only with a body that follows", "")
	case body && p.Method == "CONNECT":
		return refusal("CONNECT has no body (RFC 9110 section 9.3.6); write to the tunnel once it is open", "")
	case body && p.Method == "TRACE":
		return refusal("TRACE has no body (RFC 9110 section 9.3.8); leave it out or use another method", "")
	}
	return nil
}
