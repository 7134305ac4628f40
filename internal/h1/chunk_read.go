package h1

import (
	"bytes"
	"math"
)

// Chunked transfer coding, RFC 9112 section 7.1, parsing rules 17 to 20:
//
//	*( 1*HEXDIG [BWS ";" extension] CRLF data CRLF ) 1*"0" [extension] CRLF trailer-block CRLF
//
// A chunk line ends with CRLF wherever that stands, in quotes too, and is judged
// when it is there. Extensions mean nothing to us. Blanks before the CRLF are
// tolerated: some servers pad the size to a fixed width, and h11 and net/http
// read them.

// framing consumes the framing that comes next, as far as it is complete in
// src: the line before a chunk, the CRLF behind it, or the trailer block.
func (b *BodyReader) framing(src []byte) (int, *Fault) {
	switch b.state {
	case bodyChunkLine:
		return b.chunkLine(src)
	case bodyChunkEnd:
		return b.chunkEnd(src)
	default:
		return b.trailerBlock(src)
	}
}

func (b *BodyReader) chunkLine(src []byte) (int, *Fault) {
	lf := bytes.IndexByte(src[b.seen:], '\n')
	end := len(src) + 1
	if lf >= 0 {
		end = b.seen + lf + 1
	}
	if end > b.lim.ChunkLine {
		return 0, &Fault{Kind: TooLarge, Rule: 27, Text: "chunk line too long"}
	}
	if lf < 0 {
		b.seen = len(src)
		return 0, nil
	}
	size, f := chunkSize(src[:end])
	if f == nil {
		f = b.overhead(end)
	}
	if f != nil {
		return 0, f
	}
	b.seen, b.rest, b.last = 0, size, size
	b.state = bodyChunkData
	if size == 0 {
		b.state = bodyTrailer
	}
	return end, nil
}

// overhead counts the octets of chunk lines against the data received, so that
// a peer cannot make us read much for little (as net/http does since
// CVE-2023-39326). Sixteen octets a chunk are free: sending single octets in
// chunks of their own is legitimate. Two octets of data pay for one more.
func (b *BodyReader) overhead(line int) *Fault {
	const free = 16
	b.excess = max(0, b.excess-2*min(b.last, 1<<40)) + max(0, int64(line)-free)
	if b.excess > int64(b.lim.ChunkExtensions) {
		return &Fault{Kind: TooLarge, Rule: 18, Text: "more chunk extensions than the data justifies"}
	}
	return nil
}

// chunkSize reads a chunk line, its end included.
func chunkSize(line []byte) (size int64, f *Fault) {
	if f := lineFault(line, textEnd(line, 0), "chunk line"); f != nil {
		return 0, f
	}
	text := line[:len(line)-2]
	i := 0
	for ; i < len(text); i++ {
		d := hexDigit(text[i])
		if d < 0 {
			break
		}
		if size > math.MaxInt64>>4 {
			return 0, invalid(17, "chunk size that does not fit 63 bits (RFC 9112 section 7.1)", text)
		}
		size = size<<4 | d
	}
	if i == 0 {
		return 0, invalid(17, "chunk line without a size (RFC 9112 section 7.1)", text)
	}
	if rest := trimBlanks(text[i:]); len(rest) > 0 && rest[0] != ';' {
		return 0, invalid(17, "chunk size followed by something else (RFC 9112 section 7.1)", text)
	}
	return size, nil
}

func hexDigit(c byte) int64 {
	switch {
	case isDigit(c):
		return int64(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int64(c|0x20-'a') + 10
	}
	return -1
}

// chunkEnd compares the CRLF behind the data of a chunk: skipping two octets
// unseen is how a wrong size stays unnoticed (rule 19).
func (b *BodyReader) chunkEnd(src []byte) (int, *Fault) {
	for i := range crlf {
		switch {
		case i == len(src):
			return 0, nil
		case src[i] != crlf[i]:
			return 0, invalid(19, "chunk data that is not followed by CRLF (RFC 9112 section 7.1)", nil)
		}
	}
	b.state = bodyChunkLine
	return len(crlf), nil
}

// trailerBlock reads the trailer section. The usual empty one costs nothing.
func (b *BodyReader) trailerBlock(src []byte) (int, *Fault) {
	if b.trailer == nil {
		if len(src) == 0 || len(src) == 1 && src[0] == '\r' {
			return 0, nil
		}
		if src[0] == '\r' && src[1] == '\n' {
			b.state = bodyDone
			return 2, nil
		}
		b.trailer = new(Fields)
	}
	n, f := b.trailer.parse(src, b.lim, b.lim.Trailer, "trailer")
	if n > 0 {
		b.trailer.own(src[:n], true) // whoever asked may keep it: memory of its own
		b.state = bodyDone
	}
	return n, f
}
