package h1

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// Generator of pipelined response streams, by the grammar, and of the small
// accidents that turn them into hostile ones.

// made is a stream with the requests it answers and what it means.
type made struct {
	asked  []Asked
	wire   []byte
	bodies []string // of the final responses
	status []int
}

type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

func (g generator) stream() made {
	n := 1 + g.IntN(4)
	if g.IntN(16) == 0 {
		n = 1 + g.IntN(20)
	}
	var m made
	var w bytes.Buffer
	for i := range n {
		method := g.one("GET", "GET", "GET", "POST", "HEAD")
		m.asked = append(m.asked, Asked{Method: method, UntilClose: true})
		for g.IntN(10) == 0 {
			fmt.Fprintf(&w, "HTTP/1.1 %s\r\n%s\r\n", g.one("100 Continue", "103 Early Hints", "102 "), g.fields(g.IntN(2)))
		}
		g.response(&w, &m, method, i == n-1)
	}
	m.wire = w.Bytes()
	return m
}

// response writes a final response; only the last one of a stream may end by close.
func (g generator) response(w *bytes.Buffer, m *made, method string, last bool) {
	status, body, connection := 200, g.text(), ""
	version := "HTTP/1.1"
	switch g.IntN(12) {
	case 0:
		status = 204
	case 1:
		status = 304
	case 2:
		status = 100*(2+g.IntN(4)) + 10 + g.IntN(9)
	case 3:
		version, connection = "HTTP/1.0", "Connection: keep-alive\r\n"
	}
	framing, wire := fmt.Sprintf("%s%s%d\r\n", g.one("Content-Length", "content-length", "CONTENT-LENGTH"), g.one(":", ": ", ":\t"), len(body)), body
	switch k := g.IntN(5); {
	case k < 2 && version == "HTTP/1.1":
		framing, wire = "Transfer-Encoding: "+g.one("chunked", "chunked", "Chunked")+"\r\n", g.chunked(body)
	case k == 2 && last:
		framing = ""
		if connection = "Connection: " + g.one("close", "x, Close", "close, y") + "\r\n"; version == "HTTP/1.0" {
			connection = ""
		}
	}
	if method == "HEAD" || status == 204 || status == 304 {
		body, wire = "", ""
	}
	fmt.Fprintf(w, "%s %d%s\r\n", version, status, g.one(" OK", " Some Reason", " ", " n\xe9", ""))
	parts := []string{g.fields(g.IntN(4)), framing, g.fields(g.IntN(3)), connection}
	g.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
	w.WriteString(strings.Join(parts, "") + "\r\n" + wire)
	m.bodies, m.status = append(m.bodies, body), append(m.status, status)
}

func (g generator) fields(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(g.one("Server", "date", "X-Some-Thing", "Set-Cookie", "ETag", "a", "Via"))
		b.WriteString(g.one(":", ": ", ":\t ") + g.one("", "x", "a, b;c=\"d\"", "Tue, 04 Aug 2026 10:00:00 GMT", "v\xe4l") + g.one("", "", " ", "\t"))
		if g.IntN(25) == 0 {
			b.WriteString("\r\n " + g.one("folded", "x: y", "0"))
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

// text is a body; some look like protocol.
func (g generator) text() string {
	switch g.IntN(8) {
	case 0:
		return ""
	case 1:
		return "\r\n\r\n"
	case 2:
		return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	case 3:
		return "0\r\n\r\n"
	}
	return strings.Repeat(g.one("a", "xyz", "hello world "), 1+g.IntN(12))
}

func (g generator) chunked(body string) string {
	var b strings.Builder
	for len(body) > 0 {
		n := 1 + g.IntN(len(body))
		extension := g.one("", "", "", "", "", ";a", ";a=b", ";a=\"b;c\"")
		switch g.IntN(200) { // legal, and refused by net/http
		case 0:
			b.WriteString("00000000000000000")
		case 1:
			extension = "\t; a"
		}
		fmt.Fprintf(&b, g.one("%x%s\r\n%s\r\n", "%X%s\r\n%s\r\n", "00%x%s\r\n%s\r\n"), n, extension, body[:n])
		body = body[n:]
	}
	b.WriteString(g.one("0", "0", "000", "0;x") + "\r\n")
	if g.IntN(4) == 0 {
		b.WriteString(g.one("T: u\r\n", "T: u\r\nt: \r\nX-Sum:1\r\n"))
	}
	return b.String() + "\r\n"
}

// mutate does one accident to a copy of p. Most happen where it matters: at
// the octets of framing, not inside long values.
func (g generator) mutate(p []byte) []byte {
	p = bytes.Clone(p)
	if len(p) == 0 {
		return p
	}
	i := g.place(p)
	octet := g.one("\r", "\n", "\x00", " ", "\t", "\v", ":", ";", ",", "0", "1", "9", "a", "\r\n", "\xff", "-")
	switch g.IntN(9) {
	case 0, 1:
		return append(p[:i], append([]byte(octet), p[i:]...)...)
	case 2:
		return append(p[:i], p[i+1:]...)
	case 3, 4:
		p[i] = octet[0]
		return p
	case 5: // a boundary moved by one
		if j := bytes.IndexAny(p[i:], "0123456789"); j >= 0 {
			p[i+j] = '0' + (p[i+j]-'0'+byte(1+8*g.IntN(2)))%10
		}
		return p
	case 6:
		return p[:i]
	default:
		return g.mutateLines(p)
	}
}

// place picks an octet, preferably near an end of line, a colon or a digit.
func (g generator) place(p []byte) int {
	i := g.IntN(len(p))
	if g.IntN(3) > 0 {
		if j := bytes.IndexAny(p[i:], "\r\n:;0123456789"); j >= 0 {
			return i + j
		}
	}
	return i
}

// mutateLines duplicates, swaps or replaces lines.
func (g generator) mutateLines(p []byte) []byte {
	l := bytes.SplitAfter(p, []byte("\n"))
	i, j := g.IntN(len(l)), g.IntN(len(l))
	switch g.IntN(4) {
	case 0:
		l[i] = bytes.Repeat(l[i], 2)
	case 1:
		l[i], l[j] = l[j], l[i]
	case 2:
		l[i] = append([]byte(g.one("Content-Length: 3\r\n", "Content-Length: 5, 5\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
			"Transfer-Encoding: \r\n", "Connection: close\r\n", "Connection: keep-alive\r\n", " folded\r\n", " \r\n", "\r\n", "Content-Length:\r\n", "no colon\r\n")), l[i]...)
	case 3:
		l[i] = []byte(g.one("HTTP/1.0 200 OK\r\n", "HTTP/1.2 200 OK\r\n", "HTTP/2.0 200 OK\r\n", "HTTP/1.1 +20 OK\r\n", "HTTP/1.1 101 Switching\r\n", "HTTP/1.1 099 x\r\n", "HTTP/1.1 200\r\n", "5\r\n", "0\r\n"))
	}
	return bytes.Join(l, nil)
}
