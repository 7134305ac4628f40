package h1_test

import (
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The corpus is shared with the tests of the whole client.
var (
	injections = wiretest.Injections
	narrow     = wiretest.NarrowInjections
	around     = wiretest.Around
)

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
