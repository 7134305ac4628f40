package h1_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// encodeTrailer is encode for a trailer.
func encodeTrailer(t testing.TB, fields ...string) (string, *h1.Fault) {
	t.Helper()
	const before = "chunk data\r\n"
	var e h1.TrailerEncoder
	var first *h1.Fault
	e.Begin([]byte(before))
	for i := 0; i+1 < len(fields); i += 2 {
		f := e.Field(fields[i], fields[i+1])
		if first != nil && f != first {
			t.Fatalf("Field after a fault gave %v, want the same fault %v", f, first)
		}
		first = f
	}
	b, f := e.End()
	if f != first {
		t.Fatalf("End gave %v, want %v", f, first)
	}
	trailer, ok := strings.CutPrefix(string(b), before)
	if !ok || f != nil && trailer != "" {
		t.Fatalf("after %v: %q", f, b)
	}
	return trailer, f
}

func TestTrailerWire(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   string
	}{
		{nil, "0\r\n\r\n"},
		{[]string{"Digest", "a", "dIGEST", "", "x", "\xff \t y"}, "0\r\nDigest: a\r\ndIGEST: \r\nx: \xff \t y\r\n\r\n"},
		{[]string{"Content-MD5", "a", "Authentication-Info", "b", "Iffy", "c", "Hosts", "d"},
			"0\r\nContent-MD5: a\r\nAuthentication-Info: b\r\nIffy: c\r\nHosts: d\r\n\r\n"},
	} {
		if got, f := encodeTrailer(t, c.fields...); f != nil || got != c.want {
			t.Errorf("%q: got %q, %v; want %q", c.fields, got, f, c.want)
		}
	}
}

// headerOnly are the names that no trailer may have.
var headerOnly = strings.Fields(`Transfer-Encoding Content-Length Trailer Host Cache-Control Expect Max-Forwards Pragma Range TE
	If-Match If-None-Match If-Modified-Since If-Unmodified-Since If-Range Authorization Proxy-Authorization WWW-Authenticate
	Proxy-Authenticate Cookie Set-Cookie Content-Encoding Content-Type Content-Range Connection Keep-Alive Proxy-Connection Upgrade HTTP2-Settings`)

func TestTrailerRefusesHeaderFields(t *testing.T) {
	for _, name := range headerOnly {
		for _, name := range []string{name, strings.ToUpper(name), strings.ToLower(name)} {
			_, f := encodeTrailer(t, "x", "y", name, "secret")
			checkRefusal(t, f, []string{name, "6.5.1", "put it into the header"}, []string{"secret"})
			_, f = encodeTrailer(t, name, "secret\r\n")
			checkRefusal(t, f, nil, []string{"secret"})
		}
	}
}

func TestTrailerTooLarge(t *testing.T) {
	room := h1.MaxRequestHead - len("0\r\na: \r\n\r\n")
	if b, f := encodeTrailer(t, "a", strings.Repeat("b", room)); f != nil || len(b) != h1.MaxRequestHead {
		t.Errorf("trailer of exactly the limit: %d octets, %v", len(b), f)
	}
	for _, fields := range [][]string{{"a", strings.Repeat("b", room+1)}, slices.Repeat([]string{"a", "b"}, 1<<18)} {
		if _, f := encodeTrailer(t, fields...); f == nil || f.Kind != h1.Refused || !strings.Contains(f.Text, "trailer block above 1048576 octets") {
			t.Errorf("got %v, want it refused with the limit", f)
		}
	}
}

func TestTrailerOutOfTurn(t *testing.T) {
	var e h1.TrailerEncoder
	if f := e.Field("a", "b"); f == nil || f.Kind != h1.State {
		t.Errorf("Field before Begin gave %v, want a State fault", f)
	}
	e.Begin(nil)
	e.End()
	if _, f := e.End(); f == nil || f.Kind != h1.State {
		t.Errorf("a second End gave %v, want a State fault", f)
	}
}
