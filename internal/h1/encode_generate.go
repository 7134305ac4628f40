package h1

import (
	"slices"
	"strconv"
)

// generate appends the fields that the caller did not place, and the empty
// line. For an ordinary request they are always the same and kept as a whole.
func (e *Encoder) generate() {
	if !e.ordinary() {
		e.generateEach()
		return
	}
	if len(e.tail) == 0 {
		start := len(e.dst)
		e.generateEach()
		e.tail = append(e.tail, e.dst[start:]...)
		return
	}
	e.dst = append(e.dst, e.tail...)
}

// ordinary: nothing that generateEach looks at differs from a GET without
// fields of its own but the host.
func (e *Encoder) ordinary() bool {
	p := &e.plan
	return e.seen == 0 && p.Length == NoLength && !p.Expect && !p.Bare && p.MD5 == "" && p.ProxyAuth == ""
}

func (e *Encoder) generateEach() {
	b, p := e.dst, &e.plan
	if p.Expect {
		b = append(b, "Expect: 100-continue\r\n"...)
	}
	switch {
	case p.Length == ChunkedLength && e.seen.has(nameTransferEncoding):
	case p.Length == ChunkedLength:
		b = append(b, "Transfer-Encoding: chunked\r\n"...)
	case p.Length >= 0 && !e.seen.has(nameContentLength):
		b = appendLength(b, "Content-Length", p.Length)
	}
	if p.MD5 != "" && !e.seen.has(nameContentMD5) {
		b = appendField(b, "Content-MD5", p.MD5)
	}
	if !e.seen.has(nameHost) {
		b = appendField(b, "Host", p.Host)
	}
	if !p.Bare && !e.seen.has(nameAcceptEncoding) {
		b = append(b, "Accept-Encoding: identity\r\n"...)
	}
	if p.ProxyAuth != "" && !e.seen.has(nameProxyAuthorization) {
		b = appendField(b, "Proxy-Authorization", p.ProxyAuth)
		e.secret(len(b), len(p.ProxyAuth))
	}
	if !p.Bare && !e.seen.has(nameConnection) {
		b = append(b, "Connection: keep-alive\r\n"...)
	}
	e.dst = append(b, '\r', '\n')
}

// secret notes the value, n octets long, of the field line that ends at end.
func (e *Encoder) secret(end, n int) {
	end -= e.start + len("\r\n")
	e.facts.Secrets = append(e.facts.Secrets, [2]int{end - n, end})
}

// appendField appends a field line (RFC 9112 section 5) whose parts were checked.
func appendField(b []byte, name, value string) []byte {
	n, size := len(b), len(name)+len(value)+4
	b = slices.Grow(b, size)[:n+size]
	n += copy(b[n:], name)
	b[n], b[n+1] = ':', ' '
	n += 2 + copy(b[n+2:], value)
	b[n], b[n+1] = '\r', '\n'
	return b
}

// appendLength is appendField for a number.
func appendLength(b []byte, name string, n int64) []byte {
	b = append(b, name...)
	b = append(b, ':', ' ')
	b = strconv.AppendInt(b, n, 10)
	return append(b, '\r', '\n')
}
