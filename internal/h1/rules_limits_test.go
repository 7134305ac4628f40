package h1

import (
	"reflect"
	"strings"
	"testing"
)

// A limitRow is one of Limits with a stream that never comes to an end of what
// the limit bounds.
type limitRow struct {
	limit string
	value int
	free  string // what comes before that and does not count
	first string
	again string
	asked string
	at    int // octets, first included, at which it is refused: at once when the limit cannot be kept any more
	rule  int
}

const limitHead = "HTTP/1.1 200 OK\r\n"

// limitRows has a row or more for each field of Limits. A line without its LF
// is refused when it would be too long with it; of a block the line that makes it
// too long is awaited to the octet that does.
var limitRows = []limitRow{
	{"StartLine", 100, "", "HTTP/1.1 200 ", "x", "GET", 100, 27},
	{"StartLine", 100, "", "", " ", "GET", 100, 27},
	{"StartLine", 100, "", "", "\x00", "GET", 100, 27},
	{"StartLine", 100, "", "\r\n", "H", "GET", 100, 27},
	{"FieldLine", 100, limitHead, "A: ", "x", "GET", 100, 27},
	{"FieldLine", 100, limitHead, "", "x", "GET", 100, 27},
	{"FieldLine", 100, limitHead, "A: b", "\r\n c", "GET", 100, 27},
	{"FieldLine", 100, chunkedHead + "0\r\n", "A: ", "x", "GET", 100, 27},
	{"Head", 100, "", limitHead, "A: b\r\n", "GET", 100, 27},
	{"Head", 100, "", limitHead + "A: ", "x", "GET", 100, 27},
	{"Head", 100, "", "HTTP/1.1 100 C\r\n", "A: b\r\n", "GET", 100, 27},
	{"Fields", 9, limitHead, "", "A:b\r\n", "GET", 10 * len("A:b\r\n"), 27},
	{"Fields", 9, chunkedHead + "0\r\n", "", "A:b\r\n", "GET", 10 * len("A:b\r\n"), 27},
	{"Interim", 100, "", "", "HTTP/1.1 100 C\r\n\r\n", "GET", 6 * len("HTTP/1.1 100 C\r\n\r\n"), 27},
	{"Interim", 100, "", "", "HTTP/1.1 103 E\r\nA: b\r\n\r\n", "CONNECT", 5 * len("HTTP/1.1 103 E\r\nA: b\r\n\r\n"), 27},
	{"ChunkLine", 100, chunkedHead, "5;", "x", "GET", 100, 27},
	{"ChunkLine", 100, chunkedHead, "", "0", "GET", 100, 27},
	{"ChunkLine", 100, chunkedHead + "1\r\nx\r\n", "0;\"", "\";", "GET", 100, 27},
	{"ChunkExtensions", 100, chunkedHead, "", "1;" + strings.Repeat("x", 20) + "\r\nx\r\n", "GET", 16*27 + 24, 18}, // 8 beyond the free ones, then 6 more each
	{"Trailer", 100, chunkedHead + "0\r\n", "", "A: b\r\n", "GET", 100, 27},
	{"Trailer", 100, chunkedHead + "0\r\n", "A: b\r\nC: ", "x", "GET", 100, 27},
}

// TestRule27EachLimit: whatever a peer sends without end, octet by octet, is
// refused at the octet that breaks the limit and not before, and nothing behind
// it is looked at.
func TestRule27EachLimit(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range limitRows {
		seen[w.limit] = true
		w.run(t)
	}
	for i := range reflect.TypeFor[Limits]().NumField() {
		f := reflect.TypeFor[Limits]().Field(i)
		if f.Type.Kind() == reflect.Int && !seen[f.Name] {
			t.Errorf("no row for the limit %s", f.Name)
		}
	}
	t.Logf("strict: %d limits", len(limitRows))
}

func (w limitRow) run(t *testing.T) {
	t.Helper()
	var lim Limits
	reflect.ValueOf(&lim).Elem().FieldByName(w.limit).SetInt(int64(w.value))
	stream := w.first + strings.Repeat(w.again, 1000)
	s := streamReader{asked: askedFor(w.asked), lim: lim.WithDefaults(), size: 1 << 20}
	s.feed([]byte(w.free))
	at := 0
	for ; s.Fault == nil && at < len(stream); at++ {
		s.feed([]byte{stream[at]})
	}
	if s.Fault == nil || s.Fault.Kind != TooLarge || s.Fault.Rule != w.rule || at != w.at {
		t.Errorf("%s = %d, %q and then %q for ever: %v at octet %d, want it too large at %d", w.limit, w.value, w.first, w.again, s.Fault, at, w.at)
	}
}

// TestRule06EndlessCRLF: CRLF without end is refused at the second one, when
// the octet behind it shows that no status line begins.
func TestRule06EndlessCRLF(t *testing.T) {
	s := streamReader{asked: askedFor("GET"), lim: DefaultLimits, size: 1}
	sent := 0
	for ; s.Fault == nil && sent < 100; sent++ {
		s.feed([]byte{"\r\n"[sent%2]})
	}
	if sent != 4 || s.Fault.Kind != Invalid || s.Fault.Rule != 4 {
		t.Errorf("after %d octets: %v", sent, s.Fault)
	}
}

// TestRule27WhichLimit: of two limits the error names the one that is broken
// first, and of two that are broken at one octet the narrower one in what it
// bounds.
func TestRule27WhichLimit(t *testing.T) {
	for _, c := range []struct {
		start, line, head int
		stream, want      string
	}{
		{30, 99, 30, "HTTP/1.1 200 " + strings.Repeat("x", 99), "status line too long"},
		{31, 99, 30, "HTTP/1.1 200 " + strings.Repeat("x", 99), "header too long"},
		{99, 20, len(limitHead) + 20, limitHead + "A: " + strings.Repeat("x", 99), "field line too long in header"},
		{99, 21, len(limitHead) + 20, limitHead + "A: " + strings.Repeat("x", 99), "header too long"},
	} {
		lim := Limits{StartLine: c.start, FieldLine: c.line, Head: c.head}.WithDefaults()
		v := readStream(c.stream, askedFor("GET"), lim, how{octetByOctet, 1, false, false})
		if v.Fault == nil || v.Fault.Kind != TooLarge || v.Fault.Text != c.want {
			t.Errorf("%+v: %v", c, v.Fault)
		}
	}
}

// TestRule27WholeLines: a field line of exactly the limit, and a header that is
// full before its empty line, in one piece.
func TestRule27WholeLines(t *testing.T) {
	line := "A: " + strings.Repeat("x", 20) + "\r\n"
	for _, e := range []struct {
		lim  Limits
		want string
	}{
		{Limits{FieldLine: len(line)}, "200"},
		{Limits{FieldLine: len(line) - 1}, "L27"},
		{Limits{Head: len(limitHead+line) + 2}, "200"},
		{Limits{Head: len(limitHead+line) + 1}, "L27"},
		{Limits{Head: len(limitHead + line)}, "L27"},
		{Limits{Head: len(limitHead+line) - 1}, "L27"},
		{Limits{Fields: 1}, "200"},
	} {
		runLimited(t, entry{"HEAD", limitHead + line + "\r\n", e.want}, e.lim.WithDefaults())
		if v := readStream(limitHead+line, askedFor("HEAD"), e.lim.WithDefaults(), how{whole, 1, false, false}); e.lim.Head == len(limitHead+line) && v.String() != "L27" {
			t.Errorf("%+v: a full header without its empty line: %v", e.lim, v)
		}
	}
	runLimited(t, entry{"HEAD", limitHead + line + line + "\r\n", "L27"}, Limits{Fields: 1}.WithDefaults())
}

// TestRule27EmptyLine: the empty line counts as a line, too.
func TestRule27EmptyLine(t *testing.T) {
	for line, want := range map[int]string{1: "L27", 2: "200"} {
		lim := Limits{FieldLine: line}.WithDefaults()
		runLimited(t, entry{"HEAD", limitHead + "\r\n", want}, lim)
	}
}
