package h1

import (
	"math"
	"testing"
)

// BodyReader by its calls; whole bodies are in the tables of the rules.

func startBody(f Framing) *BodyReader {
	b := new(BodyReader)
	b.Start(f, nil)
	return b
}

func TestBodiesThatAreDoneAtOnce(t *testing.T) {
	for _, b := range []*BodyReader{new(BodyReader), startBody(Framing{Kind: NoBody}), startBody(Framing{Kind: Counted}), startBody(Framing{Kind: Tunnel, Length: -1})} {
		skip, n, f := b.Next([]byte("next"), 9)
		if !b.Done() || skip != 0 || n != 0 || f != nil || b.Direct() != 0 || b.EOF() != nil || b.Trailer() != nil {
			t.Errorf("%+v: %d %d %v", b, skip, n, f)
		}
	}
}

func TestDirectAndAdvance(t *testing.T) {
	b := startBody(Framing{Kind: Counted, Length: 10})
	if b.Direct() != 10 {
		t.Errorf("Direct = %d of a body of 10", b.Direct())
	}
	b.advance(4)
	if skip, n, _ := b.Next([]byte("123456789"), 5); skip != 0 || n != 5 || b.Direct() != 1 || b.Done() {
		t.Errorf("%d %d, then %d", skip, n, b.Direct())
	}
	if b.advance(1); !b.Done() || b.Direct() != 0 {
		t.Error("the body should be done with its last octet")
	}

	b = startBody(Framing{Kind: UntilClose, Length: -1})
	if b.advance(1 << 40); b.Direct() != math.MaxInt64 || b.Done() {
		t.Errorf("%d until close", b.Direct())
	}
	if b.EOF() != nil || !b.Done() || b.Direct() != 0 {
		t.Error("a body until close is complete at its end")
	}

	b = startBody(Framing{Kind: Chunked, Length: -1})
	if b.Direct() != 0 {
		t.Error("a chunk line is no data")
	}
	if skip, n, f := b.Next([]byte("a;x\r\n12"), 0); skip != 5 || n != 0 || f != nil || b.Direct() != 10 {
		t.Errorf("%d %d %v, then %d", skip, n, f, b.Direct())
	}
	if _, n, _ := b.Next([]byte("12"), -1); n != 0 {
		t.Errorf("%d octets of a negative size", n)
	}
	if b.advance(10); b.Direct() != 0 || b.Done() {
		t.Errorf("%d behind the chunk", b.Direct())
	}
	if skip, n, f := b.Next([]byte("\r\n0\r\n\r\nrest"), 9); skip != 7 || n != 0 || f != nil || !b.Done() {
		t.Errorf("%d %d %v", skip, n, f)
	}
}

func TestDataComesBeforeTheFault(t *testing.T) {
	b := startBody(Framing{Kind: Chunked, Length: -1})
	src := []byte("3\r\nabcX")
	skip, n, f := b.Next(src, 9)
	if skip != 3 || n != 3 || f != nil {
		t.Fatalf("%d %d %v", skip, n, f)
	}
	for range 3 {
		if skip, n, f = b.Next(src[6:], 9); skip != 0 || n != 0 || f == nil || f.Rule != 19 {
			t.Errorf("%d %d %v", skip, n, f)
		}
	}
	if b.EOF() != f || b.Done() || b.Trailer() != nil || b.Direct() != 0 {
		t.Error("the fault should stay")
	}
}

func TestUnframedFailsEveryCall(t *testing.T) {
	why := &Fault{Kind: Unsupported, Rule: 15}
	b := startBody(Framing{Kind: Unframed, Length: -1, Fault: why})
	for range 2 {
		if skip, n, f := b.Next([]byte("abc"), 9); skip != 0 || n != 0 || f != why || b.EOF() != why || b.Done() {
			t.Errorf("%d %d %v", skip, n, f)
		}
	}
}

func TestForkIsIndependent(t *testing.T) {
	b := startBody(Framing{Kind: Chunked, Length: -1})
	b.Next([]byte("0\r\n"), 9)
	b.Next([]byte("A: b\r\nC:"), 9)
	fork := b.Fork()
	if _, _, f := fork.Next([]byte("A: b\r\nC: other\r\n\r\n"), 9); f != nil || !fork.Done() {
		t.Fatal(f)
	}
	if b.Done() {
		t.Error("the fork moved its original")
	}
	if skip, _, f := b.Next([]byte("A: b\r\nC: d\r\nE: f\r\n\r\n"), 9); f != nil || skip != 20 || !b.Done() {
		t.Fatal(skip, f)
	}
	if got := lines(b.Trailer()); len(got) != 3 || got[1] != "C: d" {
		t.Errorf("trailer %q", got)
	}
	if got := lines(fork.Trailer()); len(got) != 2 || got[1] != "C: other" {
		t.Errorf("trailer of the fork %q", got)
	}
}

func TestTrailerOutlivesTheReader(t *testing.T) {
	b := startBody(Framing{Kind: Chunked, Length: -1})
	b.Next([]byte("0\r\nA: b\r\n\r\n"), 9)
	trailer := b.Trailer()
	if !trailer.sealed {
		t.Error("the memory of a trailer is its own, so its strings need no copy")
	}
	b.Start(Framing{Kind: Chunked, Length: -1}, &DefaultLimits)
	b.Next([]byte("0\r\nXXXX: yyyy\r\n\r\n"), 9)
	if got := lines(trailer); len(got) != 1 || got[0] != "A: b" {
		t.Errorf("trailer %q after the next body", got)
	}
}

func TestBodyReaderDoesNotAllocate(t *testing.T) {
	src := []byte("5\r\nhello\r\n3;a=b\r\nabc\r\n0\r\n\r\n")
	var b BodyReader
	if n := testing.AllocsPerRun(100, func() {
		b.Start(Framing{Kind: Chunked, Length: -1}, &DefaultLimits)
		for rest := src; !b.Done(); {
			skip, n, _ := b.Next(rest, math.MaxInt)
			rest = rest[skip+n:]
		}
	}); n != 0 {
		t.Errorf("%v allocations for a chunked body", n)
	}
}

// TestBodyFramedAndFailed: there are chunks from the first octet of such a body
// to its last, and a fault shows from when it is met.
func TestBodyFramedAndFailed(t *testing.T) {
	for _, f := range []Framing{{Kind: Counted, Length: 5}, {Kind: UntilClose, Length: -1}, {Kind: NoBody}} {
		var b BodyReader
		if b.Start(f, nil); b.Framed() || b.Failed() {
			t.Errorf("kind %d: framed %v, failed %v", f.Kind, b.Framed(), b.Failed())
		}
	}
	var b BodyReader
	b.Start(Framing{Kind: Chunked, Length: -1}, nil)
	body := []byte("5\r\nhello\r\n0\r\nA: b\r\n\r\n")
	for at := 0; !b.Done(); {
		if !b.Framed() || b.Failed() {
			t.Fatalf("%d octets into chunks: framed %v, failed %v", at, b.Framed(), b.Failed())
		}
		skip, n, f := b.Next(body[at:min(at+9, len(body))], 1)
		if at += skip + n; f != nil || skip+n == 0 && at+9 >= len(body) {
			t.Fatalf("at %d: %v", at, f)
		}
		if skip+n == 0 { // a line longer than the piece
			skip, n, f = b.Next(body[at:], 1)
			if at += skip + n; f != nil {
				t.Fatal(f)
			}
		}
	}
	if b.Framed() || b.Failed() {
		t.Errorf("at its end: framed %v, failed %v", b.Framed(), b.Failed())
	}
	b.Start(Framing{Kind: Chunked, Length: -1}, nil)
	b.Next([]byte("x\r\n"), 9)
	if !b.Failed() || b.Framed() {
		t.Errorf("behind a fault: framed %v, failed %v", b.Framed(), b.Failed())
	}
}
