package h1

import "strings"

// special appends a field whose name the encoder knows, or refuses it.
func (e *Encoder) special(id nameID, name, value string) *Fault {
	again := e.seen.has(id)
	e.seen |= 1 << id
	switch id {
	case nameHost:
		if again {
			return e.refuse(refusal("a second Host field (RFC 9112 section 3.2); give it once", excerpt(value)))
		}
		value = e.plan.Host
	case nameContentLength:
		return e.contentLength(name, value, again)
	case nameTransferEncoding:
		if e.plan.Bare && e.plan.Length == ChunkedLength && value == "chunked" && !again {
			break // it says where among the fields ours is to stand
		}
		return e.refuse(refusal("Transfer-Encoding is the library's to send (RFC 9112 section 6.1); use BodyChunked for a chunked body", excerpt(value)))
	case nameExpect:
		return e.refuse(refusal("Expect is the library's to send (RFC 9110 section 10.1.1); set ExpectContinue for 100-continue", excerpt(value)))
	case nameConnection:
		if f := e.connection(value); f != nil {
			return e.refuse(f)
		}
	case nameUpgrade:
		if f := checkUpgrade(value); f != nil {
			return e.refuse(f)
		}
	}
	e.dst = appendField(e.dst, name, value)
	if id.isSecret() {
		e.secret(len(e.dst), len(value))
	}
	return nil
}

// contentLength puts the length of the body that will be sent in the place of
// the caller's value, as the original does.
func (e *Encoder) contentLength(name, value string, again bool) *Fault {
	switch {
	case again:
		return e.refuse(refusal("a second Content-Length field (RFC 9110 section 8.6); give it once or leave it out", excerpt(value)))
	case e.plan.Length == ChunkedLength:
		return e.refuse(refusal("Content-Length with a chunked body (RFC 9112 section 6.2); leave it out, or use BodyFollowing with the length", excerpt(value)))
	case e.plan.Length < 0:
		return e.refuse(refusal("Content-Length without a body (RFC 9110 section 8.6); give the request a body or leave the field out", excerpt(value)))
	}
	e.dst = appendLength(e.dst, name, e.plan.Length)
	return nil
}

// connection reads the options of a Connection field (RFC 9110 section 7.6.1).
func (e *Encoder) connection(value string) *Fault {
	for rest, more := value, true; more; {
		var option string
		option, rest, more = cutMember(rest)
		if !isToken(option) {
			return refusal("a connection option is a token (RFC 9110 section 7.6.1); separate options by single commas", excerpt(value))
		}
		switch {
		case sameFold(option, "close"):
			e.facts.Close = true
		case sameFold(option, "upgrade"):
			e.offered = true
		}
	}
	return nil
}

// checkUpgrade checks a list of protocol names, each with an optional version
// (RFC 9110 section 7.8).
func checkUpgrade(value string) *Fault {
	for rest, more := value, true; more; {
		var protocol string
		protocol, rest, more = cutMember(rest)
		if !isProtocol(protocol) {
			return refusal("Upgrade lists protocols as name or name/version (RFC 9110 section 7.8); name at least one", excerpt(value))
		}
	}
	return nil
}

func isProtocol(p string) bool {
	name, version, versioned := strings.Cut(p, "/")
	return isToken(name) && (!versioned || isToken(version))
}

// cutMember takes the first member off a comma-separated list (RFC 9110
// section 5.6.1); more says whether another one follows.
func cutMember(list string) (member, rest string, more bool) {
	member, rest, more = strings.Cut(list, ",")
	return strings.Trim(member, " \t"), rest, more
}
