package h1_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// TestEncodeLimitInEachStep: a head of MaxRequestHead octets is sent, one of an
// octet more is refused by the step that made it too long, and the text says
// how long the part was.
func TestEncodeLimitInEachStep(t *testing.T) {
	p := get()
	const line = len("GET  HTTP/1.1\r\n")
	for over := range 2 {
		p.Target = "/" + strings.Repeat("a", h1.MaxRequestHead-line-1+over)
		var e h1.Encoder
		limitFault(t, "request line", e.Begin([]byte("earlier"), &p), over, fmt.Sprintf("target of %d octets", len(p.Target)))
	}
	p.Target = "/"
	for over := range 2 {
		name, value := "a-name", strings.Repeat("b", h1.MaxRequestHead-line-len("/a-name: \r\n")+over)
		var e h1.Encoder
		if f := e.Begin([]byte("earlier"), &p); f != nil {
			t.Fatal(f)
		}
		limitFault(t, "field", e.Field(name, value), over, fmt.Sprintf("field of %d octets", len(name)+len(value)))
	}
	rest := len("Host: h.example\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n")
	for over := range 2 {
		p.Target = "/" + strings.Repeat("a", h1.MaxRequestHead-line-rest-1+over)
		var e h1.Encoder
		if f := e.Begin([]byte("earlier"), &p); f != nil {
			t.Fatal(f)
		}
		_, _, f := e.End()
		limitFault(t, "head", f, over, fmt.Sprintf("head of %d octets", h1.MaxRequestHead+1))
	}
}

func limitFault(t *testing.T, what string, f *h1.Fault, over int, got string) {
	t.Helper()
	switch {
	case over == 0 && f != nil:
		t.Errorf("%s of exactly the limit: %v", what, f)
	case over == 1 && (f == nil || f.Kind != h1.Refused || f.Got != got):
		t.Errorf("%s one octet over the limit: %v, want %s", what, f, got)
	}
}

// TestTrailerLimitInEachField: the same for a trailer, of which the encoder
// keeps room for the empty line.
func TestTrailerLimitInEachField(t *testing.T) {
	for over := range 2 {
		name, value := "a-name", strings.Repeat("b", h1.MaxRequestHead-len("0\r\na-name: \r\n\r\n")+over)
		var e h1.TrailerEncoder
		e.Begin([]byte("earlier"))
		limitFault(t, "trailer field", e.Field(name, value), over, fmt.Sprintf("field of %d octets", len(name)+len(value)))
	}
}

// TestEncodeShortensNames: of a name, 48 octets are repeated, of a longer one
// the first 48.
func TestEncodeShortensNames(t *testing.T) {
	for _, c := range []struct{ name, said string }{
		{strings.Repeat("n", 48), "value of " + strings.Repeat("n", 48) + " ("},
		{strings.Repeat("n", 49), "value of " + strings.Repeat("n", 48) + "... ("},
	} {
		if f := h1.ValidField(c.name, "\n"); f == nil || !strings.Contains(f.Text, c.said) {
			t.Errorf("name of %d octets: %v, want %q in it", len(c.name), f, c.said)
		}
	}
	for n, want := range map[int]string{48: `"` + strings.Repeat("n", 47) + ` "`, 49: `"` + strings.Repeat("n", 48) + `"...`} {
		if f := h1.ValidMethod(strings.Repeat("n", n-1) + " "); f == nil || f.Got != want {
			t.Errorf("method of %d octets: %v, want %s", n, f, want)
		}
	}
}
