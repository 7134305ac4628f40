package dugong_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
)

// A madeResponse is a generated answer: what it means and where it stands.
type madeResponse struct {
	method  string
	status  int
	fields  []string // "name: value", names in lower case, without framing fields
	body    string
	end     int // in the stream
	closing bool
}

// A maker generates pipelined answers by the grammar of RFC 9112, in forms that
// net/http reads as well, and does small accidents to them.
type maker struct{ *rand.Rand }

func (g maker) one(of ...string) string { return of[g.IntN(len(of))] }

// stream makes 1 to 20 answers. Each is recognisable by its fields and body.
func (g maker) stream() (wire []byte, list []madeResponse) {
	var w bytes.Buffer
	n := 1 + g.IntN(20)
	for i := range n {
		for g.IntN(8) == 0 {
			fmt.Fprintf(&w, "HTTP/1.1 %s\r\nX-Interim: %d\r\n\r\n", g.one("100 Continue", "103 Early Hints", "102 "), i)
		}
		r := g.response(&w, i, i == n-1)
		r.end = w.Len()
		list = append(list, r)
	}
	return w.Bytes(), list
}

func (g maker) response(w *bytes.Buffer, i int, last bool) madeResponse {
	r := madeResponse{method: g.one("GET", "GET", "GET", "PUT", "HEAD"), status: 200}
	switch g.IntN(10) {
	case 0:
		r.status = 204
	case 1:
		r.status = 304
	case 2:
		r.status = 200 + 100*g.IntN(4) + g.IntN(4)
	}
	var lines []string
	for j := range 1 + g.IntN(4) {
		value := fmt.Sprintf("%s-%d-%d", g.one("a", "b c", "d, e;f=\"g\"", "0", "5", "chunked"), i, j)
		name := g.one("X-Id", "Server", "set-cookie", "ETAG", "Via")
		lines = append(lines, name+g.one(":", ": ", ":\t ")+value+g.one("", " ", "\t")+"\r\n")
		r.fields = append(r.fields, strings.ToLower(name)+": "+value)
	}
	body := g.body(i)
	framing, onWire := fmt.Sprintf("Content-Length: %d\r\n", len(body)), body
	switch k := g.IntN(6); {
	case k < 3:
		framing, onWire = "Transfer-Encoding: chunked\r\n", g.chunks(body)
	case k == 3 && last:
		framing, r.closing = "Connection: close\r\n", true
	}
	if r.method == "HEAD" || r.status == 204 || r.status == 304 {
		body, onWire = "", ""
	}
	r.body = body
	at := g.IntN(len(lines) + 1)
	fmt.Fprintf(w, "HTTP/1.%d %d%s\r\n%s%s%s\r\n%s", 1, r.status, g.one(" OK", " ", " A Reason"), strings.Join(lines[:at], ""), framing, strings.Join(lines[at:], ""), onWire)
	return r
}

// body has text of its own; some of it looks like protocol.
func (g maker) body(i int) string {
	return strings.Repeat(g.one("", "x", "\r\n", "0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "some text "), g.IntN(6)) + g.one("", fmt.Sprint("<", i, ">"))
}

func (g maker) chunks(body string) string {
	var b strings.Builder
	for len(body) > 0 {
		n := 1 + g.IntN(len(body))
		fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, g.one("", "", ";a", ";a=b", ";a=\"b;c\""), body[:n])
		body = body[n:]
	}
	b.WriteString(g.one("0", "0", "00", "0;x") + "\r\n" + g.one("", "", "X-Sum: 1\r\n"))
	return b.String() + "\r\n"
}

// mutate does one accident and says which octet is the first that it touches.
func (g maker) mutate(p []byte) (q []byte, first int) {
	i := g.place(p)
	piece := g.one("\r", "\n", "\x00", " ", "\t", "\v", ":", ";", ",", "0", "1", "9")
	switch g.IntN(6) {
	case 0:
		return bytes.Join([][]byte{p[:i], []byte(piece), p[i:]}, nil), i
	case 1:
		return append(bytes.Clone(p[:i]), p[i+1:]...), i
	case 2:
		q = bytes.Clone(p)
		q[i] = piece[0]
		return q, i
	case 3: // a boundary moves by one
		if j := bytes.IndexAny(p[i:], "0123456789"); j >= 0 {
			q = bytes.Clone(p)
			q[i+j] = '0' + (q[i+j]-'0'+byte(1+8*g.IntN(2)))%10
			return q, i + j
		}
		return bytes.Clone(p), len(p)
	}
	return g.mutateLines(p)
}

// place picks an octet, mostly one of framing.
func (g maker) place(p []byte) int {
	i := g.IntN(len(p))
	if g.IntN(3) > 0 {
		if j := bytes.IndexAny(p[i:], "\r\n:;0123456789"); j >= 0 {
			return i + j
		}
	}
	return i
}

// mutateLines duplicates, swaps, reorders or inserts lines.
func (g maker) mutateLines(p []byte) ([]byte, int) {
	l := bytes.SplitAfter(p, []byte("\n"))
	i := g.IntN(len(l))
	j := min(i+g.IntN(4), len(l)-1)
	switch g.IntN(3) {
	case 0:
		l[i] = bytes.Repeat(l[i], 2)
	case 1:
		l[i], l[j] = l[j], l[i]
	case 2:
		l[i] = append([]byte(g.one("Content-Length: 3\r\n", "Content-Length: 5, 6\r\n", "Transfer-Encoding: chunked\r\n", "Transfer-Encoding: gzip, chunked\r\n",
			"Connection: close\r\n", " folded\r\n", "\r\n", "no colon\r\n", "HTTP/1.1 200 OK\r\n", "5\r\n", "0\r\n")), l[i]...)
	}
	return bytes.Join(l, nil), lengthOf(bytes.SplitAfter(p, []byte("\n"))[:i])
}

func lengthOf(lines [][]byte) (n int) {
	for _, l := range lines {
		n += len(l)
	}
	return n
}
