package h1

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// Checks of whole streams: the tables, and the properties that hold for all.

// how says in which pieces a stream arrives and is read.
type how struct {
	cut    func(stream []byte) [][]byte
	size   int
	direct bool
	sealed bool
}

func whole(p []byte) [][]byte { return [][]byte{p} }

func octetByOctet(p []byte) (l [][]byte) {
	for i := range p {
		l = append(l, p[i:i+1])
	}
	return l
}

func cutAt(i int) func([]byte) [][]byte {
	return func(p []byte) [][]byte { return [][]byte{p[:i], p[i:]} }
}

func readStream(stream string, asked []Asked, lim Limits, h how) verdict {
	s := streamReader{asked: asked, lim: lim, size: h.size, direct: h.direct, sealed: h.sealed}
	for _, p := range h.cut([]byte(stream)) {
		s.feed(p)
	}
	s.eof()
	return s.verdict
}

func readWhole(stream string, asked ...Asked) verdict {
	return readStream(stream, asked, DefaultLimits, how{whole, math.MaxInt, false, false})
}

// sameEveryWay fails the test unless the stream comes to want however it is cut and
// read: parsing rule 28, properties (a), (b) and (c).
func sameEveryWay(t testing.TB, want verdict, stream string, asked []Asked, lim Limits, every int) {
	t.Helper()
	ways := []how{
		{octetByOctet, math.MaxInt, false, true}, {octetByOctet, math.MaxInt, true, false},
		{whole, 1, false, false}, {whole, 2, true, true}, {whole, 4095, false, false}, {whole, math.MaxInt, true, false},
	}
	for i := 0; i <= len(stream); i += every {
		ways = append(ways, how{cutAt(i), math.MaxInt, i%2 == 0, i%3 == 0})
	}
	for i, w := range ways {
		if got := readStream(stream, asked, lim, w); !reflect.DeepEqual(got, want) {
			t.Fatalf("stream %q\nin one piece:     %+v %v\nanother way (%d): %+v %v", stream, want, want.Fault, i, got, got.Fault)
		}
	}
	if want.Used > len(stream) {
		t.Fatalf("%d octets used of %d", want.Used, len(stream))
	}
}

// String writes a verdict in the short form of the tables:
// 200 "body" close | 204 | I19, with ... behind a body that is not complete.
func (v verdict) String() string {
	var parts []string
	for _, a := range v.Answers {
		p := fmt.Sprint(a.Status)
		switch a.Kind {
		case NoBody:
		case Unframed:
			p += " unframed"
		case Tunnel:
			p += fmt.Sprintf(" tunnel %q", a.Body)
		default:
			p += fmt.Sprintf(" %q", a.Body)
			if !a.Whole {
				p += "..."
			}
		}
		for _, line := range a.Trailer {
			p += " +" + line
		}
		if a.Close && a.Kind != Tunnel && a.Kind != Unframed {
			p += " close"
		}
		if a.Doubtful {
			p += " doubtful"
		}
		parts = append(parts, p)
	}
	if f := v.Fault; f != nil {
		parts = append(parts, fmt.Sprintf("%c%d", "?IULCRSX"[f.Kind], f.Rule))
	}
	return strings.Join(parts, " | ")
}

// entry is a line of a table: requests ("GET HEAD CONNECT Upgrade EOF", see
// askedFor), a stream, what it comes to.
type entry struct{ asked, stream, want string }

// askedFor reads methods; "Upgrade" is a GET with Upgrade, "Until" a GET for
// which a body until close needs no announcement.
func askedFor(s string) (l []Asked) {
	for _, m := range strings.Fields(s) {
		switch m {
		case "Upgrade":
			l = append(l, Asked{Method: "GET", Upgrade: true})
		case "Until":
			l = append(l, Asked{Method: "GET", UntilClose: true})
		default:
			l = append(l, Asked{Method: m})
		}
	}
	return l
}

const glued = "HTTP/1.1 299 glued\r\nContent-Length: 3\r\nX: y\r\n\r\nabc"

// runTable checks entries: the verdict itself, the same verdict however the stream
// is cut and read, a first response that no suffix changes (property f), and
// every truncation a prefix of it (property d).
func runTable(t *testing.T, table []entry) {
	t.Helper()
	for _, e := range table {
		runLimited(t, e, DefaultLimits)
	}
}

func runLimited(t *testing.T, e entry, lim Limits) {
	t.Helper()
	asked := askedFor(e.asked)
	v := readStream(e.stream, asked, lim, how{whole, math.MaxInt, false, false})
	if v.String() != e.want {
		t.Errorf("%s %q\n got  %s (%v)\n want %s", e.asked, e.stream, v, v.Fault, e.want)
		return
	}
	every := 1 + len(e.stream)/400
	sameEveryWay(t, v, e.stream, asked, lim, every)
	suffixKeeps(t, v, e.stream, asked, lim)
	for i := 0; i < len(e.stream); i += every {
		prefixOf(t, readStream(e.stream[:i], asked, lim, how{whole, math.MaxInt, false, false}), v, e.stream[:i])
	}
}

// suffixKeeps: property (f), what follows a complete response never changes it.
func suffixKeeps(t testing.TB, v verdict, stream string, asked []Asked, lim Limits) {
	t.Helper()
	if len(v.Answers) == 0 || !v.Answers[0].Whole || v.Answers[0].Kind == UntilClose || v.Answers[0].Kind == Tunnel {
		return
	}
	for _, suffix := range []string{glued, "\r\n", "\x00", " x"} {
		w := readStream(stream[:v.Answers[0].End]+suffix, asked, lim, how{whole, math.MaxInt, false, false})
		if len(w.Answers) == 0 || !reflect.DeepEqual(w.Answers[0], v.Answers[0]) {
			t.Fatalf("stream %q with suffix %q: the first response is %v instead of %v", stream, suffix, w, v)
		}
	}
}

// prefixOf: property (d). All that a truncated stream gives is a prefix of
// what the whole one gives, and then the loss is noticed.
func prefixOf(t testing.TB, cut, all verdict, stream string) {
	t.Helper()
	if len(cut.Answers) > len(all.Answers) {
		t.Fatalf("truncated stream %q gives more than the whole: %v, %v", stream, cut, all)
	}
	for i, a := range cut.Answers {
		b := all.Answers[i]
		if a.Whole && a.Kind != UntilClose && a.Kind != Tunnel {
			if !reflect.DeepEqual(a, b) {
				t.Fatalf("truncated stream %q gives another response: %+v instead of %+v", stream, a, b)
			}
			continue
		}
		if i != len(cut.Answers)-1 || !strings.HasPrefix(b.Body, a.Body) || a.Status != b.Status || !reflect.DeepEqual(a.Fields, b.Fields) {
			t.Fatalf("truncated stream %q: %+v is no prefix of %+v", stream, a, b)
		}
	}
	if all.Fault == nil && cut.Fault != nil && cut.Fault.Kind != Truncated {
		t.Fatalf("truncated good stream %q: %v instead of a loss", stream, cut.Fault)
	}
	if n := len(all.Answers); len(stream) < all.Used && all.Fault == nil && cut.Fault == nil && all.Answers[n-1].Kind != UntilClose && all.Answers[n-1].Kind != Tunnel {
		t.Fatalf("truncated stream %q: the loss was not noticed", stream)
	}
}

// response joins lines with CRLF, ends the head and appends the body.
func response(body string, line ...string) string {
	return strings.Join(line, "\r\n") + "\r\n\r\n" + body
}
