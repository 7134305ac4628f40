package h1

// BodyKind says how the end of a response body is known.
type BodyKind uint8

const (
	// NoBody: the response ends at the empty line of its head.
	NoBody BodyKind = iota
	// Counted: Content-Length octets, possibly 0.
	Counted
	// Chunked: chunks, a last chunk and a trailer block.
	Chunked
	// UntilClose: everything until the stream ends cleanly.
	UntilClose
	// Tunnel: what follows is no longer HTTP.
	Tunnel
	// Unframed: the end cannot be known. The head may be used, the body not.
	Unframed
)

// Framing is how the response behind a head ends and what that means for the connection.
type Framing struct {
	Kind   BodyKind
	Length int64 // 0: no body; Counted: its length; else -1
	Close  bool  // no response follows on this connection
	// Announced: the peer said so (close, or HTTP/1.0 without keep-alive), and
	// with it that it reads no further request (RFC 9112 section 9.6). A body
	// that only the end of the stream ends says nothing of the kind.
	Announced bool
	// Doubtful: the answer of a server that may have given up on some later
	// request of the batch (400, 408, 413, 414, 431 with close and without a
	// body). A chunked body, or one until close, may turn out to be empty, so it
	// counts as none; its first octet settles the doubt.
	Doubtful bool
	Fault    *Fault // of Unframed: why; Kind Unsupported
}

// Asked is what the framing of a response depends on besides its head.
type Asked struct {
	Method     string // of the request it answers, case-sensitive
	Upgrade    bool   // the request asked for another protocol, so 101 is welcome
	UntilClose bool   // without framing read until close even if no close was announced
}

// Framing decides where the response ends: the only place that does. The
// branches follow RFC 9112 section 6.3 in its order.
//
// A fault means that the framing is broken and with it the connection (parsing
// rules 11 to 14). A body whose end cannot be known in an otherwise sound
// response is no fault but Unframed.
func (h *Head) Framing(a Asked) (Framing, *Fault) {
	announced := h.closes()
	f := Framing{Close: announced, Announced: announced}
	switch {
	case h.Status == 101 && !a.Upgrade: // rule 23: nobody here speaks another protocol
		return Framing{}, invalid(23, "101 Switching Protocols that was not asked for (RFC 9110 section 15.2.2)", nil)
	case h.Status == 101, a.Method == "CONNECT" && h.Status/100 == 2: // item 2: a tunnel starts right after the head
		f.Kind, f.Length, f.Close = Tunnel, -1, true
		return f, nil
	case h.Status < 200: // item 1. The final response is still to come, so close is not yet
		return Framing{}, nil
	case a.Method == "HEAD", h.Status == 204, h.Status == 304: // item 1: whatever the fields say
	case !h.coding.none(): // items 3 and 4
		if fault := h.chunked(&f); fault != nil {
			return Framing{}, fault
		}
	case !h.length.none(): // items 5 and 6
		n, fault := h.contentLength()
		if fault != nil {
			return Framing{}, fault
		}
		f.Kind, f.Length = Counted, n
	case announced || a.UntilClose: // item 8
		f.Kind, f.Length, f.Close = UntilClose, -1, true
	default:
		// Item 8 would have us wait for a close that nobody announced: a server that
		// simply forgot the length stops the connection for good (rule 15).
		f.unframed(15, "no Content-Length, no chunked coding and no announced close: the end of the body cannot be known (RFC 9112 section 6.3)", nil)
	}
	f.Doubtful = announced && mayBelongElsewhere(h.Status) && (f.Length == 0 || f.Kind == UntilClose || f.Kind == Chunked)
	return f, nil
}

func (f *Framing) unframed(rule int, text string, got []byte) {
	f.Kind, f.Length, f.Close = Unframed, -1, true
	f.Fault = &Fault{Kind: Unsupported, Rule: rule, Text: text}
	if got != nil {
		f.Fault.Got = excerpt(got)
	}
}

func invalid(rule int, text string, got []byte) *Fault {
	f := &Fault{Kind: Invalid, Rule: rule, Text: text}
	if got != nil {
		f.Got = excerpt(got)
	}
	return f
}

// mayBelongElsewhere: the statuses with which servers answer what they could
// not read, in the first place of a batch wherever the unreadable request was.
func mayBelongElsewhere(status int) bool {
	switch status {
	case 400, 408, 413, 414, 431:
		return true
	}
	return false
}
