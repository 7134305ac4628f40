package h1

// TrailerEncoder makes the end of a chunked body (RFC 9112 section 7.1.2):
// the last chunk, the trailer fields and the empty line. Begin, Field for each
// field, End. After a Fault nothing may be sent, and every call until the next
// Begin gives it again.
type TrailerEncoder struct {
	dst   []byte
	start int
	open  bool
	fault *Fault
}

// Begin remembers len(dst) and appends the last chunk.
func (t *TrailerEncoder) Begin(dst []byte) {
	*t = TrailerEncoder{dst: append(dst, "0\r\n"...), start: len(dst), open: true}
}

// Field appends a trailer field. It refuses the fields whose meaning would
// come too late, or be a way around a check made on the header.
func (t *TrailerEncoder) Field(name, value string) *Fault {
	if !t.open {
		return t.closed()
	}
	if len(t.dst)-t.start+len(name)+len(value)+len(": \r\n\r\n") > MaxRequestHead {
		return t.refuse(tooLarge("trailer block", "field", len(name)+len(value)))
	}
	if headerOnly(name) {
		return t.refuse(refusal("a field that must not be sent as a trailer (RFC 9110 section 6.5.1); put it into the header", excerpt(name)))
	}
	if f := checkField(nameOf(name), name, value); f != nil {
		return t.refuse(f)
	}
	t.dst = appendField(t.dst, name, value)
	return nil
}

// End appends the empty line. With a Fault dst is as it was before Begin.
func (t *TrailerEncoder) End() ([]byte, *Fault) {
	if !t.open {
		return t.dst, t.closed()
	}
	dst := append(t.dst, '\r', '\n')
	*t = TrailerEncoder{}
	return dst, nil
}

func (t *TrailerEncoder) refuse(f *Fault) *Fault {
	t.dst, t.open, t.fault = t.dst[:t.start], false, f
	return f
}

func (t *TrailerEncoder) closed() *Fault {
	if t.fault != nil {
		return t.fault
	}
	return &Fault{Kind: State, Text: "no trailer is being encoded; call Begin first"}
}

// headerNames are the fields of RFC 9110 section 6.5.1 that are not for
// trailers: framing, routing, request modifiers, authentication, content
// format and, as trailers pass through proxies, the fields of one connection.
var headerNames = [...]string{
	"transfer-encoding", "content-length", "trailer",
	"host",
	"cache-control", "expect", "max-forwards", "pragma", "range", "te",
	"authorization", "proxy-authorization", "www-authenticate", "proxy-authenticate", "cookie", "set-cookie",
	"content-encoding", "content-type", "content-range",
	"connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings",
}

func headerOnly(name string) bool {
	if len(name) >= 3 && sameFold(name[:3], "if-") { // the conditionals
		return true
	}
	for _, h := range headerNames {
		if sameFold(name, h) {
			return true
		}
	}
	return false
}
