package h1_test

import (
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// A bare head has what HTTP demands, and what the caller gave.
func TestEncodeBare(t *testing.T) {
	bare := func(p h1.Plan) h1.Plan { p.Bare = true; return p }
	for _, c := range []struct {
		plan   h1.Plan
		fields []string
		want   string
	}{
		{bare(get()), nil, lines("GET / HTTP/1.1", "Host: h.example")},
		{bare(get()), []string{"Accept-Encoding", "gzip", "Connection", "close"},
			lines("GET / HTTP/1.1", "Accept-Encoding: gzip", "Connection: close", "Host: h.example")},
		{bare(put(3)), nil, lines("PUT / HTTP/1.1", "Content-Length: 3", "Host: h.example")},
		{bare(put(h1.ChunkedLength)), []string{"Transfer-Encoding", "chunked", "X", "y"},
			lines("PUT / HTTP/1.1", "Transfer-Encoding: chunked", "X: y", "Host: h.example")},
	} {
		if got, _, f := encode(t, c.plan, c.fields...); f != nil || got != c.want {
			t.Errorf("got %q, fault %v; want %q", got, f, c.want)
		}
	}
}

// Even so, the framing stays the encoder's own.
func TestEncodeBareFraming(t *testing.T) {
	chunked, counted := put(h1.ChunkedLength), put(3)
	chunked.Bare, counted.Bare = true, true
	for _, c := range []struct {
		plan   h1.Plan
		fields []string
	}{
		{counted, []string{"Transfer-Encoding", "chunked"}},
		{chunked, []string{"Transfer-Encoding", "gzip, chunked"}},
		{chunked, []string{"Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"}},
		{put(h1.ChunkedLength), []string{"Transfer-Encoding", "chunked"}},
	} {
		if got, _, f := encode(t, c.plan, c.fields...); f == nil {
			t.Errorf("%q was taken, and made %q; want a refusal", c.fields, got)
		}
	}
}

// TestEncodeBehindAnother: whatever one encoder has made before, the next head
// is as a fresh encoder makes it. Every pair of kinds of requests, to one and to
// another host.
func TestEncodeBehindAnother(t *testing.T) {
	all := []func(p *h1.Plan) []string{
		func(p *h1.Plan) []string { return nil },
		func(p *h1.Plan) []string { return []string{"X", "y"} },
		func(p *h1.Plan) []string { p.Host = "b.example"; return nil },
		func(p *h1.Plan) []string { p.Host += ":1"; return nil },
		func(p *h1.Plan) []string { p.Length = 0; return nil },
		func(p *h1.Plan) []string { p.Method, p.Length = "PUT", 5; return nil },
		func(p *h1.Plan) []string { p.Method, p.Length = "PUT", h1.ChunkedLength; return nil },
		func(p *h1.Plan) []string { p.Length, p.Expect = 5, true; return nil },
		func(p *h1.Plan) []string { p.Bare = true; return nil },
		func(p *h1.Plan) []string { p.MD5 = "md5"; return nil },
		func(p *h1.Plan) []string { p.MD5 = "another"; return nil },
		func(p *h1.Plan) []string { p.ProxyAuth = "Basic x"; return nil },
		func(p *h1.Plan) []string { p.ProxyAuth = "Basic another"; return nil },
		func(p *h1.Plan) []string { return []string{"Accept-Encoding", "gzip"} },
		func(p *h1.Plan) []string { return []string{"Connection", "close"} },
		func(p *h1.Plan) []string { return []string{"Connection", "te"} },
		func(p *h1.Plan) []string { return []string{"Host", "x"} },
		func(p *h1.Plan) []string { return []string{"Cookie", "secret"} },
		func(p *h1.Plan) []string { p.ProxyAuth = "Basic x"; return []string{"Proxy-Authorization", "y"} },
		func(p *h1.Plan) []string { p.Target = "a b"; return nil }, // refused
	}
	for i, first := range all {
		for j, second := range all {
			var e h1.Encoder
			for _, of := range []func(p *h1.Plan) []string{first, first, second, first} {
				p := get()
				fields := of(&p)
				want, facts, fault := encodeBy(t, new(h1.Encoder), p, fields...)
				got, factsNow, faultNow := encodeBy(t, &e, p, fields...)
				if got != want || !sameFacts(facts, factsNow) || (fault == nil) != (faultNow == nil) {
					t.Fatalf("kinds %d and %d: %q, %+v, %v, want %q, %+v, %v", i, j, got, factsNow, faultNow, want, facts, fault)
				}
			}
		}
	}
}
