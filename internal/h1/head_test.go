package h1

import (
	"bytes"
	"strings"
	"testing"
)

// What Head and Fields promise about memory and about being resumed.

func parsed(t *testing.T, h *Head, stream string) {
	t.Helper()
	if n, f := h.Parse([]byte(stream), &DefaultLimits); n != len(stream) || f != nil {
		t.Fatalf("%q: %d %v", stream, n, f)
	}
}

const (
	firstHead  = "HTTP/1.1 299 Own Words\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n"
	secondHead = "HTTP/1.1 200 OK\r\nXXXXXXXXXXXXXXXXXXXX: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n\r\n"
)

func TestStringsOutliveReset(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		h := Head{Sealed: sealed}
		parsed(t, &h, firstHead)
		name, value, reason := h.NameString(0), h.ValueString(0), h.Reason()
		h.Reset()
		parsed(t, &h, secondHead)
		if name != "A" || value != "b c" || reason != "Own Words" {
			t.Errorf("sealed %v: %q %q %q after a later head", sealed, name, value, reason)
		}
		if h.Reason() != "OK" || h.Len() != 1 || !h.length.none() {
			t.Errorf("sealed %v: the first head shows through: %q %d", sealed, h.Reason(), h.Len())
		}
	}
}

func TestUnsealingKeepsStrings(t *testing.T) {
	h := Head{Sealed: true}
	parsed(t, &h, firstHead)
	value := h.ValueString(0)
	h.Sealed = false
	h.Reset()
	parsed(t, &h, secondHead)
	if value != "b c" {
		t.Errorf("memory of a sealed head was used again: %q", value)
	}
}

func TestOneCopyForAllStrings(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		h := Head{Sealed: sealed}
		parsed(t, &h, firstHead)
		want := 1.0 // an unsealed head makes one string of all its text, once
		if sealed {
			want = 0
		}
		if n := testing.AllocsPerRun(10, func() {
			h.str = ""
			for i := range h.Len() {
				if h.NameString(i) == "" || h.ValueString(i) == "" {
					t.Fatal("a field is missing")
				}
			}
		}); n != want {
			t.Errorf("sealed %v: %v allocations for all strings, want %v", sealed, n, want)
		}
	}
}

func TestHeadOwnsItsOctets(t *testing.T) {
	var h Head
	buf := []byte(firstHead)
	h.Parse(buf, &DefaultLimits)
	clear(buf)
	if string(h.Name(0)) != "A" || string(h.Value(0)) != "b c" || h.Reason() != "Own Words" {
		t.Error("the head changed with the buffer it was read from")
	}
	if v := h.Value(0); cap(v) != len(v) || cap(h.Name(0)) != 1 {
		t.Error("appending to a name or value would overwrite its neighbour")
	}
}

func TestParseAfterCompleteHeadStartsAnew(t *testing.T) {
	var h Head
	parsed(t, &h, firstHead)
	parsed(t, &h, secondHead)
	if h.Status != 200 || h.Len() != 1 {
		t.Errorf("%d with %d fields", h.Status, h.Len())
	}
}

func TestResetKeepsLittle(t *testing.T) {
	var h Head
	parsed(t, &h, "HTTP/1.1 200 OK\r\n"+strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 900)+"\r\n")
	h.Reset()
	if cap(h.text) > keepText {
		t.Errorf("%d octets kept", cap(h.text))
	}
	lim := DefaultLimits
	lim.Fields = 5000
	stream := []byte("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: b\r\n", 5000) + "\r\n")
	if n, f := h.Parse(stream, &lim); n != len(stream) {
		t.Fatal(n, f)
	}
	h.Reset()
	if cap(h.list) > keepFields {
		t.Errorf("room for %d fields kept", cap(h.list))
	}
	parsed(t, &h, firstHead)
	if h.Reset(); cap(h.text) == 0 || cap(h.list) == 0 {
		t.Error("memory of an ordinary head was not kept")
	}
	for over := range 2 { // exactly as much as is kept, and one more
		f := Fields{text: make([]byte, 0, keepText+over), list: make([]field, 0, keepFields+over)}
		if f.reset(); (cap(f.text) > 0) != (over == 0) || (cap(f.list) > 0) != (over == 0) {
			t.Errorf("%d beyond what is kept: %d octets, room for %d fields", over, cap(f.text), cap(f.list))
		}
	}
}

// TestNoOctetIsScannedTwice: where a line is cut, the search for its end goes
// on where the last one stopped, in all three places that wait for a line.
func TestNoOctetIsScannedTwice(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, before := range []string{"HTTP/1.1 200 ", "HTTP/1.1 200 OK\r\nB: c\r\nA: ", "HTTP/1.1 200 OK\r\nA"} {
		var h Head
		for i := len(before); i < len(before)+len(long); i += 100 {
			buf := []byte((before + long)[:i])
			if n, f := h.Parse(buf, &DefaultLimits); n != 0 || f != nil || h.seen != len(buf) {
				t.Fatalf("%q: %d %v, looked at %d of %d", before, n, f, h.seen, len(buf))
			}
		}
	}
	var h Head // of a line that was cut, only what is new is looked at before its end is there
	h.Parse([]byte("HTTP/1.1 200 OK\r\nA: 123"), &DefaultLimits)
	if h.Parse([]byte("HTTP/1.1 200 OK\r\nA:b\r\n123"), &DefaultLimits); h.Len() != 0 {
		t.Error("the beginning of a cut line was scanned again")
	}
	h.Reset()
	h.Parse([]byte("HTTP/1.1 200 OK"), &DefaultLimits)
	if h.Parse([]byte("HTTP/1.1 200 \r\n1"), &DefaultLimits); h.pos != 0 {
		t.Error("the beginning of a cut status line was scanned again")
	}
	var b BodyReader
	b.Start(Framing{Kind: Chunked, Length: -1}, nil)
	for i := 1; i < 4000; i += 100 {
		if b.Next([]byte("5;" + long)[:i], 9); b.seen != i {
			t.Fatalf("looked at %d of %d", b.seen, i)
		}
	}
}

func TestIndex(t *testing.T) {
	var h Head
	parsed(t, &h, "HTTP/1.1 200 OK\r\nA-b: 1\r\nZ: 2\r\na-B: 3\r\n^_`: 4\r\n\r\n")
	for _, e := range []struct {
		name       string
		from, want int
	}{{"a-b", 0, 0}, {"A-B", 1, 2}, {"A-b", 2, 2}, {"a-b", 3, -1}, {"a", 0, -1}, {"a-bc", 0, -1}, {"", 0, -1}, {"z", -7, 1}, {"z", 99, -1}, {"{", 0, -1}, {"^_`", 0, 3}, {"~\x7f`", 0, -1}} {
		if got := h.Index(e.name, e.from); got != e.want {
			t.Errorf("Index(%q, %d) = %d, want %d", e.name, e.from, got, e.want)
		}
	}
	var none Fields
	if none.Len() != 0 || none.Index("a", 0) != -1 || none.all() != "" {
		t.Error("the zero value should be an empty block")
	}
}

func TestReasonPhrase(t *testing.T) {
	for status, want := range map[int]string{200: "OK", 100: "Continue", 511: "Network Authentication Required", 299: "", 512: "", 999: "", 0: "", -1: ""} {
		if got := ReasonPhrase(status); got != want {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
}

func TestTextEndIsExact(t *testing.T) {
	p := bytes.Repeat([]byte{'x'}, 24)
	for i := range p {
		for c := range 256 {
			for _, d := range []byte{0, 1, '\t', '\n', '\r', 0x1f, 0x20, 0x21, 0x7e, 0x7f, 0x80, 0x81, 0xff} { // the octet behind it must not spoil the verdict
				p[i] = byte(c)
				if i+1 < len(p) {
					p[i+1] = d
				}
				want := len(p)
				for j, c := range p {
					if c < 0x20 && c != '\t' || c == 0x7f {
						want = j
						break
					}
				}
				if got := textEnd(p, 0); got != want {
					t.Fatalf("%q: %d, want %d", p, got, want)
				}
			}
		}
		p[i] = 'x'
		if i+1 < len(p) {
			p[i+1] = 'x'
		}
	}
}
