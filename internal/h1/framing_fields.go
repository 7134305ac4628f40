package h1

import "math"

// What the fields that frame a message say: Connection, Transfer-Encoding,
// Content-Length.

// closes: the connection ends with this response (RFC 9112 section 9.3, rule
// 22). close wins over keep-alive; 1.0 closes unless it says keep-alive.
func (h *Head) closes() bool {
	if h.connection.none() { // the ordinary case
		return h.Minor == 0
	}
	keep := h.Minor > 0
	for m := h.membersOf(h.connection, "connection"); ; {
		option, ok := m.take()
		switch {
		case !ok:
			return !keep
		case sameFold(option, "close"):
			return true
		case sameFold(option, "keep-alive"):
			keep = true
		}
	}
}

// chunked judges Transfer-Encoding, whose lines together must be exactly
// "chunked" (rules 11 to 13). An unknown coding is sound but of no use to us.
// A comma in the quoted parameter of a coding splits it at the wrong place;
// such a coding is refused either way.
func (h *Head) chunked(f *Framing) *Fault {
	if h.Minor == 0 {
		return invalid(11, "Transfer-Encoding in an HTTP/1.0 response (RFC 9112 section 6.1)", nil)
	}
	if !h.length.none() {
		return invalid(12, "both Transfer-Encoding and Content-Length (RFC 9112 section 6.3)", nil)
	}
	count, other := 0, []byte(nil)
	for m := h.membersOf(h.coding, "transfer-encoding"); ; {
		coding, ok := m.take()
		if !ok {
			break
		}
		name := coding
		for i, c := range coding {
			if !tokenOctet[c] {
				name = coding[:i]
				break
			}
		}
		rest := trimBlanks(coding[len(name):])
		switch isChunked := sameFold(name, "chunked"); {
		case len(name) == 0, len(rest) > 0 && rest[0] != ';':
			return invalid(13, "malformed Transfer-Encoding (RFC 9112 section 6.1)", coding)
		case isChunked && len(rest) > 0:
			return invalid(13, "chunked with parameters (RFC 9112 section 7.1)", coding)
		case isChunked && count > 0:
			return invalid(13, "chunked twice (RFC 9112 section 6.1)", nil)
		case isChunked:
			count++
		default:
			other = coding
		}
	}
	if other != nil {
		f.unframed(13, "transfer coding other than chunked (RFC 9112 section 7)", other)
		return nil
	}
	f.Kind, f.Length = Chunked, -1
	return nil
}

// contentLength reads Content-Length (rule 14). The same text repeated, in a
// list or in several fields, is taken as one (RFC 9110 section 8.6 leaves
// that to the recipient); anything else that is not one number is refused.
func (h *Head) contentLength() (int64, *Fault) {
	if h.length.first == h.length.last { // the ordinary case: one field with one number
		if n, ok := decimal(h.Value(int(h.length.first) - 1)); ok {
			return n, nil
		}
	}
	m := h.membersOf(h.length, "content-length")
	first, _ := m.take()
	n, ok := decimal(first)
	if !ok {
		return 0, invalid(14, "not a number that fits (RFC 9110 section 8.6): bad Content-Length "+excerpt(first), nil)
	}
	for {
		again, ok := m.take()
		if !ok {
			return n, nil
		}
		if string(again) != string(first) {
			return 0, invalid(14, "Content-Length with different values (RFC 9110 section 8.6)", again)
		}
	}
}

// decimal reads 1*DIGIT and nothing else; false if it does not fit an int64.
func decimal(p []byte) (n int64, ok bool) {
	for _, c := range p {
		d := int64(c - '0')
		if !isDigit(c) || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, len(p) > 0
}
