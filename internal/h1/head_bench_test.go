package h1

import (
	"bufio"
	"bytes"
	"fmt"
	"net/textproto"
	"testing"
)

// Benchmarks of Head.Parse on reuse against net/textproto, which net/http
// reads heads with. Compare with: go test -bench 'Head|Textproto' -count 6 | benchstat

var benchFields = []string{
	"Date: Tue, 04 Aug 2026 10:00:00 GMT", "Server: nginx/1.27.0", "Content-Type: text/html; charset=utf-8",
	"Content-Length: 1256", "Connection: keep-alive", "Last-Modified: Mon, 03 Aug 2026 09:00:00 GMT",
	"ETag: \"5f2d7e3b-4e8\"", "Cache-Control: public, max-age=3600", "Vary: Accept-Encoding",
	"Accept-Ranges: bytes", "X-Request-Id: 3f0c2a9e5d7b4c61a8e2f1d09b6c7a55", "Strict-Transport-Security: max-age=31536000",
}

func benchHead(fields int) []byte {
	b := []byte("HTTP/1.1 200 OK\r\n")
	for i := range fields {
		if i < len(benchFields) {
			b = append(b, benchFields[i]...)
		} else {
			b = fmt.Appendf(b, "X-Amz-Meta-Field-%d: value of field number %d", i, i)
		}
		b = append(b, '\r', '\n')
	}
	return append(b, '\r', '\n')
}

func benchmarkHead(b *testing.B, fields int) {
	wire := benchHead(fields)
	var h Head
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		h.Reset()
		if n, f := h.Parse(wire, &DefaultLimits); n != len(wire) || h.Len() != fields {
			b.Fatal(n, f)
		}
	}
}

func benchmarkTextproto(b *testing.B, fields int) {
	wire := benchHead(fields)
	src := bytes.NewReader(wire)
	buf := bufio.NewReader(src)
	r := textproto.NewReader(buf)
	b.SetBytes(int64(len(wire)))
	b.ReportAllocs()
	for b.Loop() {
		src.Reset(wire)
		buf.Reset(src)
		if _, err := r.ReadLine(); err != nil {
			b.Fatal(err)
		}
		if _, err := r.ReadMIMEHeader(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHead5(b *testing.B)       { benchmarkHead(b, 5) }
func BenchmarkHead12(b *testing.B)      { benchmarkHead(b, 12) }
func BenchmarkHead40(b *testing.B)      { benchmarkHead(b, 40) }
func BenchmarkTextproto5(b *testing.B)  { benchmarkTextproto(b, 5) }
func BenchmarkTextproto12(b *testing.B) { benchmarkTextproto(b, 12) }
func BenchmarkTextproto40(b *testing.B) { benchmarkTextproto(b, 40) }

// BenchmarkHead12Strings also asks for one string.
func BenchmarkHead12Strings(b *testing.B) {
	wire := benchHead(12)
	var h Head
	b.ReportAllocs()
	for b.Loop() {
		h.Reset()
		h.Parse(wire, &DefaultLimits)
		if h.ValueString(h.Index("content-type", 0)) != "text/html; charset=utf-8" {
			b.Fatal("wrong field")
		}
	}
}

func TestHeadReuseDoesNotAllocate(t *testing.T) {
	wire := append(benchHead(40), "tail"...)
	var h Head
	if n := testing.AllocsPerRun(100, func() {
		h.Reset()
		h.Parse(wire[:100], &DefaultLimits)
		h.Parse(wire, &DefaultLimits)
		if f, fault := h.Framing(Asked{Method: "GET"}); f.Kind != Counted || fault != nil || h.Reason() != "OK" || h.Index("vary", 0) != 8 {
			t.Fatal(f, fault)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a head on reuse", n)
	}
}
