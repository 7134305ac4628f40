package h1_test

import (
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// With the opt-in a blank before the colon is part of the name, but for the
// names that frame the message; without it, it is a fault everywhere.
func TestBlankNames(t *testing.T) {
	loose := h1.DefaultLimits
	loose.BlankNames = true
	for _, c := range []struct {
		line, name, value string // name empty: refused
	}{
		{"Foo : bar", "Foo ", "bar"},
		{"Foo \t:bar ", "Foo \t", "bar"},
		{"F :", "F ", ""},
		{"Foo\t: \t ", "Foo\t", ""},
		{"Foo :a:\tb \xff", "Foo ", "a:\tb \xff"},
		{"Foo bar: x", "", ""},
		{"Foo b : x", "", ""},
		{" : x", "", ""},
		{": x", "", ""},
		{"Foo ", "", ""},
		{"\u00e9 : x", "", ""},
		{"F\x00 : x", "", ""},
		{"Foo : a\x00b", "", ""},
		{"Foo : a\rb", "", ""},
		{"Foo : a\n", "", ""},
		{"Foo :\r", "", ""},
		{"Trailer : x", "", ""},
		{"upgrade : x", "", ""},
		{" Foo : x", "", ""},
		{"Content-Length : 3", "", ""},
		{"transfer-encoding\t: chunked", "", ""},
		{"CONNECTION : close", "", ""},
	} {
		msg := []byte("HTTP/1.1 200 OK\r\n" + c.line + "\r\nContent-Length: 0\r\n\r\n")
		for cut := range msg { // no verdict may depend on segments
			var h h1.Head
			if _, f := h.Parse(msg[:cut], &loose); f != nil && c.name != "" {
				t.Fatalf("%q cut at %d: %v", c.line, cut, f)
			}
			n, f := h.Parse(msg, &loose)
			if c.name == "" {
				if f == nil {
					t.Fatalf("%q was taken, cut at %d", c.line, cut)
				}
				continue
			}
			if f != nil || n != len(msg) {
				t.Fatalf("%q cut at %d: %d, %v", c.line, cut, n, f)
			}
			if got, v := h.Fields.NameString(0), h.Fields.ValueString(0); got != c.name || v != c.value {
				t.Fatalf("%q: got %q = %q", c.line, got, v)
			}
		}
		var h h1.Head
		if _, f := h.Parse(msg, &h1.DefaultLimits); f == nil {
			t.Errorf("%q was taken without the opt-in", c.line)
		}
	}
}
