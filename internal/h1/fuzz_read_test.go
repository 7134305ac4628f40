package h1

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http/httputil"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

// Fuzz targets of the reading side. The letters name properties:
// (a) cuts do not matter, (b) sizes of reads do not, (c) no panic, memory
// bounded, each octet consumed once, (d) truncation gives a prefix, then a loss,
// (e) what is written is what is read, (f) a suffix does not change the first
// response.

// everyWay checks (a) to (d) and (f) of one stream, at about twenty cuts.
func everyWay(t *testing.T, stream string, asked []Asked) verdict {
	v := readWhole(stream, asked...)
	every := 1 + len(stream)/20
	boundedMemory(t, stream, asked)
	sameEveryWay(t, v, stream, asked, DefaultLimits, every)
	suffixKeeps(t, v, stream, asked, DefaultLimits)
	for i := 0; i < len(stream); i += every {
		prefixOf(t, readWhole(stream[:i], asked...), v, stream[:i])
	}
	return v
}

// boundedMemory: reading a stream costs so much for each octet that came and a
// constant, whatever it declares. Most of that is what the test itself keeps.
func boundedMemory(t *testing.T, stream string, asked []Asked) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	readWhole(stream, asked...)
	runtime.ReadMemStats(&after)
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+256*len(stream)); got > most {
		t.Fatalf("%d octets allocated for a stream of %d: %q", got, len(stream), stream)
	}
}

var statusLine = regexp.MustCompile(`^(?:\r\n)?HTTP/1\.([0-9]) ([1-9][0-9]{2})(?: ([^\x00-\x08\x0a-\x1f\x7f]*))?\r\n`)

// A status line is accepted exactly if the grammar of RFC 9112 section 4, as a
// regular expression, accepts it, and then says the same: (a), (c), (e).
func FuzzStatusLine(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK", "HTTP/1.0 404 Not Found", "HTTP/1.1 200", "HTTP/1.1 200 ", "\r\nHTTP/1.9 999 n\xe9", "HTTP/2.0 200 OK",
		"HTTP/1.1  200 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 099 x", "HTTP/1.1 200\tOK", "HTTP/1.1 200 a\rb", "HTTP/1.1 200 a\nb", "ICY 200 OK", "\r\n\r\nHTTP/1.1 200 OK", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		stream := append(bytes.Clone(line), "\r\n\r\n"...)
		var h Head
		n, fault := h.Parse(stream, &DefaultLimits)
		m := statusLine.FindSubmatch(stream)
		if fault != nil && (fault.Rule == 4 || fault.Rule == 5) && m != nil || n > 0 && m == nil {
			t.Fatalf("%q: %d %v, the grammar says %q", stream, n, fault, m)
		}
		if n > 0 {
			status, _ := strconv.Atoi(string(m[2]))
			if h.Status != status || h.Reason() != string(m[3]) || (h.Minor == 0) != (m[1][0] == '0') {
				t.Fatalf("%q: %d %d %q", stream, h.Minor, h.Status, h.Reason())
			}
		}
		everyWay(t, string(stream), []Asked{{Method: "HEAD"}})
	})
}

// A header block is refused, or its fields, written plainly, are read as the
// same fields; no value holds CR, LF or NUL: (a), (c), (e), (f).
func FuzzHeaderBlock(f *testing.F) {
	for _, s := range []string{"A: b", "A:b\r\nC:  d \r\nA:", "A: b\r\n c\r\n\td", "A:\r\n \r\n x", " A: b", "A : b", ": b", "no colon", "A: b\nC: d", "A: b\rC: d",
		"Content-Length: 5\r\n 0", "A: \x00", "A: \x7f\xff\t", "Set-Cookie: a\r\nset-cookie: b", "A: b\r\n\r\nHTTP/1.1 200 OK"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, block []byte) {
		stream := "HTTP/1.1 200 OK\r\n" + string(block) + "\r\n\r\n"
		everyWay(t, stream, []Asked{{Method: "HEAD"}})
		var h, again Head
		if n, _ := h.Parse([]byte(stream), &DefaultLimits); n == 0 {
			return
		}
		fields := lines(&h.Fields)
		for i := range h.Len() {
			if bytes.ContainsAny(h.Value(i), "\r\n\x00") || len(h.Name(i)) == 0 || h.Index(h.NameString(i), i) != i {
				t.Fatalf("%q: field %q: %q", stream, h.Name(i), h.Value(i))
			}
		}
		plain := "HTTP/1.1 200 OK\r\n" + strings.Join(append(fields, "\r\n"), "\r\n")
		if h.Len() == 0 {
			plain = "HTTP/1.1 200 OK\r\n\r\n"
		}
		again.Sealed = true
		if n, f := again.Parse([]byte(plain), &DefaultLimits); f != nil || n == 0 || !reflect.DeepEqual(lines(&again.Fields), fields) {
			t.Fatalf("%q is read as %q, and that as %q (%v)", stream, fields, lines(&again.Fields), f)
		}
	})
}

// The framing of any header is the one that a plain reading of RFC 9112
// section 6.3 on strings gives: (c), (e).
func FuzzFraming(f *testing.F) {
	for _, s := range []string{"", "Content-Length: 5", "Content-Length: 5, 5", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 9223372036854775808",
		"Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, chunked", "Transfer-Encoding: chunked;a=b", "Transfer-Encoding: ,",
		"Transfer-Encoding: chunked\r\nContent-Length: 5", "Connection: close", "Connection: keep-alive, Close", "Connection: keep-alive", "Content-Length: +5", "Content-Length:"} {
		for i, method := range []string{"GET", "HEAD", "CONNECT"} {
			f.Add(s, method, 200+i*102, i%2 == 0, i == 1)
		}
	}
	f.Fuzz(func(t *testing.T, block, method string, status int, old, flag bool) {
		version := "HTTP/1.1 "
		if old {
			version = "HTTP/1.0 "
		}
		var h Head
		stream := version + strconv.Itoa(status) + "\r\n" + block + "\r\n\r\n"
		if block == "" {
			stream = version + strconv.Itoa(status) + "\r\n\r\n"
		}
		if n, _ := h.Parse([]byte(stream), &DefaultLimits); n == 0 {
			return
		}
		a := Asked{Method: method, Upgrade: flag, UntilClose: flag}
		got, fault := h.Framing(a)
		kind, length, invalid := plainFraming(&h, a)
		if (fault != nil) != invalid || fault == nil && (got.Kind != kind || got.Length != length) {
			t.Fatalf("%q for %+v: %+v %v, want %d %d %v", stream, a, got, fault, kind, length, invalid)
		}
		if fault != nil && fault.Kind != Invalid || (got.Fault != nil) != (got.Kind == Unframed) || got.Fault != nil && got.Fault.Kind != Unsupported {
			t.Fatalf("%q: kinds of fault %v %+v", stream, fault, got)
		}
		if !got.Close && fault == nil && (got.Kind == UntilClose || got.Kind == Tunnel || got.Kind == Unframed) || got.Doubtful && !got.Close {
			t.Fatalf("%q: another response cannot follow: %+v", stream, got)
		}
	})
}

// plainFraming decides with strings, slowly and after the letter.
func plainFraming(h *Head, a Asked) (kind BodyKind, length int64, invalid bool) {
	joined := func(name string) (members []string, present bool) {
		for i := range h.Len() {
			if strings.EqualFold(h.NameString(i), name) {
				for _, m := range strings.Split(h.ValueString(i), ",") {
					members, present = append(members, strings.Trim(m, " \t")), true
				}
			}
		}
		return members, present
	}
	lengths, counted := joined("Content-Length")
	codings, coded := joined("Transfer-Encoding")
	options, _ := joined("Connection")
	last := h.Minor == 0
	for _, o := range options {
		last = last && lowerASCII(o) != "keep-alive"
	}
	for _, o := range options {
		last = last || lowerASCII(o) == "close"
	}
	switch {
	case h.Status == 101:
		return Tunnel, -1, !a.Upgrade
	case h.Status/100 == 2 && a.Method == "CONNECT":
		return Tunnel, -1, false
	case h.Status < 200, a.Method == "HEAD", h.Status == 204, h.Status == 304:
		return NoBody, 0, false
	case coded && (h.Minor == 0 || counted):
		return 0, 0, true
	case coded:
		return plainCodings(codings)
	case counted:
		for _, l := range lengths {
			n, err := strconv.ParseInt(l, 10, 64)
			if err != nil || l[0] < '0' || l[0] > '9' || l != lengths[0] {
				return 0, 0, true
			}
			length = n
		}
		return Counted, length, false
	case last || a.UntilClose:
		return UntilClose, -1, false
	}
	return Unframed, -1, false
}

var oneCoding = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+([ \t]*;.*)?$")

func plainCodings(codings []string) (kind BodyKind, length int64, invalid bool) {
	chunked, other := 0, 0
	for _, c := range codings {
		name, _, parameters := strings.Cut(c, ";")
		isChunked := lowerASCII(strings.TrimRight(name, " \t")) == "chunked"
		switch {
		case !oneCoding.MatchString(c), isChunked && parameters:
			return 0, 0, true
		case isChunked:
			chunked++
		default:
			other++
		}
	}
	switch {
	case chunked > 1:
		return 0, 0, true
	case other > 0:
		return Unframed, -1, false
	}
	return Chunked, -1, false
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// A chunked body that is read to its end has the data that net/http's reader
// finds, and one that is not gives a true prefix: (a), (b), (c), (d).
func FuzzChunked(f *testing.F) {
	for _, s := range []string{"5\r\nhello\r\n0\r\n\r\n", "5;a=b\r\nhello\r\n0\r\nT: u\r\n\r\n", "5\r\nhelloX\r\n0\r\n\r\n", "8000000000000000\r\n", "7fffffffffffffff\r\nabc",
		"00000000000000000005\r\nhello\r\n0\r\n\r\n", "5 ; a\r\nhello\r\n0\r\n\r\n", "0\r\n\n", "5\nhello\n0\n\n", "-1\r\n", "1\r\na\r\n1\r\nb\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		v := everyWay(t, chunkedHead+string(body), []Asked{{Method: "GET"}})
		a := v.Answers[0]
		want, err := io.ReadAll(httputil.NewChunkedReader(bytes.NewReader(body)))
		if !a.Whole && !strings.HasPrefix(a.Body, string(want)) && !strings.HasPrefix(string(want), a.Body) {
			t.Fatalf("%q: %q is no prefix of %q", body, a.Body, want)
		}
		// Blanks before an extension and more than 16 digits are legal; they do not read them.
		if a.Whole && (err != nil || a.Body != string(want)) && !chunkLiberties.Match(body) {
			t.Fatalf("%q: %q, and net/http: %q %v", body, a.Body, want, err)
		}
	})
}

var chunkLiberties = regexp.MustCompile(`(^|\n)(0[0-9A-Fa-f]{16}|[0-9A-Fa-f]+[ \t]+;)`)

// Any stream, for any list of methods, comes to one verdict however it is cut
// and read; truncated it gives a prefix: (a), (b), (c), (d), (f).
func FuzzStream(f *testing.F) {
	g := generator{rand.New(rand.NewPCG(1, 1))}
	for i := range 40 {
		m := g.stream()
		if i%2 == 0 {
			m.wire = g.mutate(m.wire)
		}
		methods := ""
		for _, a := range m.asked {
			methods += a.Method[:1]
		}
		f.Add(m.wire, methods)
	}
	f.Fuzz(func(t *testing.T, stream []byte, methods string) {
		var asked []Asked
		for _, c := range methods[:min(len(methods), 30)] {
			asked = append(asked, map[rune]Asked{'H': {Method: "HEAD"}, 'C': {Method: "CONNECT"}, 'U': {Method: "GET", Upgrade: true}, 'E': {Method: "GET", UntilClose: true}}[c])
		}
		everyWay(t, string(stream), asked)
	})
}

// A 2xx to CONNECT gives every octet behind its empty line to the tunnel and
// none of them to HTTP; anything else is an ordinary response: (a), (c), (f).
func FuzzConnectAnswer(f *testing.F) {
	for _, s := range []string{"HTTP/1.1 200 OK\r\n\r\nabc", "HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\nhello", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 299 x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\nno", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 101 x\r\n\r\n", "HTTP/1.1 200 OK\n\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		v := everyWay(t, string(stream), []Asked{{Method: "CONNECT"}})
		for i, a := range v.Answers {
			if (a.Kind == Tunnel) != (a.Status/100 == 2) || a.Kind == Tunnel && (i != len(v.Answers)-1 || v.Fault != nil) {
				t.Fatalf("%q: %v", stream, v)
			}
			if a.Kind == Tunnel && (!bytes.HasSuffix(stream, []byte("\r\n\r\n"+a.Body)) || v.Used != len(stream)) {
				t.Fatalf("%q: the tunnel got %q", stream, a.Body)
			}
		}
	})
}
