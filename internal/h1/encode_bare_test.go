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

// TestEncodeManyHosts: whatever one encoder has made before, each head names
// its own host.
func TestEncodeManyHosts(t *testing.T) {
	var e h1.Encoder
	for i, host := range []string{"a.example", "a.example", "b.example", "a.example", "a.example:1", "a.example", "b.example", "b.example"} {
		p := get()
		p.Host = host
		fields := [][]string{nil, {"X", "y"}, {"Accept-Encoding", "gzip"}}[i%3]
		want, _, _ := encodeBy(t, new(h1.Encoder), p, fields...)
		if got, _, f := encodeBy(t, &e, p, fields...); got != want || f != nil {
			t.Errorf("%d, to %s: %q, %v, want %q", i, host, got, f, want)
		}
	}
}
