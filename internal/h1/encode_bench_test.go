package h1_test

import (
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

var fiveFields = [...]pair{
	{"User-Agent", "dugong/1.0"},
	{"Accept", "application/json, text/plain;q=0.8"},
	{"Authorization", "Bearer 0123456789abcdef0123456789abcdef"},
	{"X-Request-Id", "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
	{"If-None-Match", `"5d41402abc4b2a76b9719d911017c592"`},
}

// encodeFive appends a GET with five fields of the caller to dst.
func encodeFive(e *h1.Encoder, p *h1.Plan, dst []byte) []byte {
	e.Begin(dst, p)
	for i := range fiveFields {
		e.Field(fiveFields[i].name, fiveFields[i].value)
	}
	dst, _, _ = e.End()
	return dst
}

func fivePlan() h1.Plan {
	return h1.Plan{Method: "GET", Target: "/bucket/some/object/name.bin", Host: "objects.example:8080", Length: h1.NoLength}
}

func BenchmarkEncodeGet5(b *testing.B) {
	var e h1.Encoder
	p, dst := fivePlan(), make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		dst = encodeFive(&e, &p, dst[:0])
	}
	b.SetBytes(int64(len(dst)))
}

func TestEncodeAllocatesNothing(t *testing.T) {
	var e h1.Encoder
	p, dst := fivePlan(), make([]byte, 0, 1024)
	dst = encodeFive(&e, &p, dst) // the first use makes room for Secrets
	if n := testing.AllocsPerRun(100, func() { dst = encodeFive(&e, &p, dst[:0]) }); n != 0 {
		t.Errorf("%v allocations a head, want none", n)
	}
	var trailer h1.TrailerEncoder
	if n := testing.AllocsPerRun(100, func() {
		trailer.Begin(h1.AppendChunkSize(dst[:0], 77))
		trailer.Field("Digest", "x")
		dst, _ = trailer.End()
	}); n != 0 {
		t.Errorf("%v allocations a trailer, want none", n)
	}
}
