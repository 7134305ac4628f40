package h1_test

import (
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// injections are pieces that end a line, a head or a request, or that some
// recipient takes for such a thing. None is allowed anywhere in a request.
var injections = []string{
	"\r", "\n", "\r\n", "\n\r", "\x00", "\x7f", "\x0b", "\x0c", "\x1b", "\x08", "\x1f",
	"\r\n\r\n", "\n\n", "\r\r", "\r\n ", "\r\n\t", "\n ", // folds
	"\r\n\r\nGET / HTTP/1.1\r\nHost: evil\r\n\r\n", "\n\nGET / HTTP/1.1\nHost: evil\n\n",
	"\r\nContent-Length: 5", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "\nTransfer-Encoding: chunked",
	"x\r\nHost: evil", " HTTP/1.1\r\nHost: evil\r\n\r\n", " HTTP/1.0\r\n",
}

// narrow are harmless in a value, but not in the tighter places.
var narrow = []string{
	" ", "\t", "a b", "\u010d\u010a", // their low octets are CR and LF
	"\u560d\u560a", "\u0120", "\u2028", "\u0085", "\u3000", "\u212a", "\u017f", "\uff1a", "\uff0f", "\xff", "\x85", "\xa0", "\xc0\x8d", "\xe5\x98\x8a",
}

// around puts a piece at the start, in the middle and at the end of s.
func around(s, piece string) []string {
	half := len(s) / 2
	return []string{piece + s, s[:half] + piece + s[half:], s + piece, piece}
}

func TestEncodeInjection(t *testing.T) {
	inputs := map[string]struct {
		good   string
		narrow bool // only some ASCII allowed
		encode func(s string) *h1.Fault
	}{
		"method":     {"PATCH", true, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.Method = s }) }},
		"target":     {"/path", true, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.Target = s }) }},
		"absolute":   {"http://h.example/", true, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.Target = s }) }},
		"authority":  {"h.example:443", true, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.Method, p.Target = "CONNECT", s }) }},
		"host":       {"h.example", true, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.Host = s }) }},
		"MD5":        {"XUFAKrxLKna5cZ2REBfFkg==", false, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.MD5 = s }) }},
		"ProxyAuth":  {"Basic cDpx", false, func(s string) *h1.Fault { return planFault(t, func(p *h1.Plan) { p.ProxyAuth = s }) }},
		"name":       {"X-Name", true, func(s string) *h1.Fault { return fieldFault(t, s, "v") }},
		"Host name":  {"Host", true, func(s string) *h1.Fault { return fieldFault(t, s, "v") }},
		"value":      {"some value", false, func(s string) *h1.Fault { return fieldFault(t, "X-Name", s) }},
		"Host value": {"h.example", false, func(s string) *h1.Fault { return fieldFault(t, "Host", s) }},
		"Length":     {"0", false, func(s string) *h1.Fault { return lengthFault(t, s) }},
		"Connection": {"close", true, func(s string) *h1.Fault { return fieldFault(t, "Connection", s) }},
		"trailer":    {"X-Name", true, func(s string) *h1.Fault { return trailerFault(t, s, "v") }},
		"its value":  {"some value", false, func(s string) *h1.Fault { return trailerFault(t, "X-Name", s) }},
	}
	for name, in := range inputs {
		if f := in.encode(in.good); f != nil {
			t.Errorf("%s %q: %v, want it accepted", name, in.good, f)
		}
		pieces := injections
		if in.narrow {
			pieces = append(append([]string{}, injections...), narrow...)
		}
		for _, piece := range pieces {
			for _, s := range around(in.good, piece) {
				if f := in.encode(s); f == nil || f.Kind != h1.Refused {
					t.Errorf("%s %q: %v, want it refused", name, s, f)
				}
			}
		}
	}
}

func planFault(t *testing.T, change func(p *h1.Plan)) *h1.Fault {
	t.Helper()
	_, _, f := encode(t, with(change))
	return f
}

func fieldFault(t *testing.T, name, value string) *h1.Fault {
	t.Helper()
	_, _, f := encode(t, get(), name, value)
	return f
}

func lengthFault(t *testing.T, value string) *h1.Fault {
	t.Helper()
	_, _, f := encode(t, put(0), "Content-Length", value)
	return f
}

func trailerFault(t *testing.T, name, value string) *h1.Fault {
	t.Helper()
	_, f := encodeTrailer(t, name, value)
	return f
}
