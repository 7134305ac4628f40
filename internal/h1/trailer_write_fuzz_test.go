package h1_test

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// FuzzTrailer: whatever goes in, a strict parser, our own reader whole and octet
// by octet, and net/http as a third opinion, read back the end of one chunked
// body with exactly the fields asked for and nothing of what follows, or a fault
// came; and a fault came exactly if a regular expression or the list of fields
// for headers alone forbids one of them: (a), (c), (e), (f).
func FuzzTrailer(f *testing.F) {
	f.Add("Digest", "sha-256=x", "X-Empty", "")
	f.Add("if-None-match", "x", "Server-Timing", "a\tb\xff")
	for _, name := range headerOnly {
		f.Add("x", "y", name, "chunked")
	}
	for _, s := range slices.Concat(injections, narrow) {
		f.Add("a"+s, "b", "c", "d")
		f.Add("a", "b"+s+"c", "d", s)
	}
	f.Fuzz(func(t *testing.T, n1, v1, n2, v2 string) {
		fields := []pair{{n1, v1}, {n2, v2}}
		trailer, fault := encodeTrailer(t, n1, v1, n2, v2)
		if want := trailerAllowed(fields); want != (fault == nil) {
			t.Fatalf("fault %v, but the grammar allows it: %v", fault, want)
		}
		if fault != nil {
			if fault.Kind != h1.Refused {
				t.Fatalf("fault of kind %d: %v", fault.Kind, fault)
			}
			return
		}
		block, ok := strings.CutPrefix(trailer, "0\r\n")
		got, rest, err := readFieldsStrictly(block)
		if !ok || err != nil || rest != "" || !slices.Equal(got, fields) {
			t.Fatalf("read back %q, rest %q, %v from %q", got, rest, err, trailer)
		}
		for _, piece := range []int{1, len(trailer) + 9} {
			readTrailer(t, trailer+"HTTP/1.1", len(trailer), piece, fields)
		}
		trailerSecondOpinion(t, trailer, fields)
	})
}

// readTrailer has our own reader take the end of a body, n octets of stream, by
// so many octets at a time.
func readTrailer(t *testing.T, stream string, n, piece int, fields []pair) {
	t.Helper()
	lim := h1.Limits{FieldLine: 4 << 20, Trailer: 4 << 20}.WithDefaults()
	var b h1.BodyReader
	b.Start(h1.Framing{Kind: h1.Chunked, Length: -1}, &lim)
	used := 0
	for come := 0; !b.Done() && come < len(stream); {
		come = min(come+piece, len(stream))
		skip, data, fault := b.Next([]byte(stream[used:come]), len(stream))
		if fault != nil || data > 0 {
			t.Fatalf("our reader: %d octets of data, %v, of %q", data, fault, stream)
		}
		used += skip
	}
	var got []pair
	if list := b.Trailer(); list != nil {
		for i := range list.Len() {
			got = append(got, pair{list.NameString(i), list.ValueString(i)})
		}
	}
	if !b.Done() || used != n || !slices.Equal(got, fields) {
		t.Fatalf("our reader, %d octets at a time: %q by %d of %d octets of %q", piece, got, used, n, stream)
	}
}

func trailerAllowed(fields []pair) bool {
	for _, x := range fields {
		name := asciiLower(x.name)
		forbidden := strings.HasPrefix(name, "if-") || slices.ContainsFunc(headerOnly, func(h string) bool { return asciiLower(h) == name })
		if forbidden || !match(tokenRE, x.name) || !match(valueRE, x.value) {
			return false
		}
	}
	return true
}

// trailerSecondOpinion has net/http read a body that ends with the trailer.
func trailerSecondOpinion(t *testing.T, trailer string, fields []pair) {
	t.Helper()
	whole := append([]byte("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"), h1.AppendChunkSize(nil, 5)...)
	whole = append(append(whole, "hello\r\n"...), trailer...)
	in := bufio.NewReaderSize(strings.NewReader(string(whole)), len(whole)+16)
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != "hello" || in.Buffered() != 0 {
		t.Fatalf("net/http reads %q of %q, rest %d, %v", body, whole, in.Buffered(), err)
	}
	for _, x := range fields {
		if got := r.Trailer.Values(x.name); !slices.Equal(got, values(fields, x.name)) {
			t.Fatalf("net/http reads %s of %q as %q", x.name, whole, got)
		}
	}
}
