package dugong

import (
	"sync"

	"github.com/dugong-http/dugong/internal/h1"
)

// Chunks of a request body (RFC 9112 section 7.1). The size of a chunk is said
// before its data, so a chunk that was begun has to be completed from our own
// memory: what the caller gave is his again when the call returns. Hence the
// bound, and hence large bodies go out of the caller's memory as far as the
// socket takes them, and only the rest of one chunk is copied.

const (
	maxChunk   = 32 << 10 // octets of data in a chunk
	mostAtOnce = 8        // chunks in one system call
)

// takeChunks accepts some of p, at least one octet, as chunks.
func (l *link) takeChunks(p []byte) int {
	if len(p) >= flushAt && l.t.Vectored() {
		if n := l.writeChunks(p); n > 0 {
			return n
		}
	}
	return l.takeChunk(p[:min(len(p), maxChunk)])
}

// takeChunk gathers one chunk, whole.
func (l *link) takeChunk(p []byte) int {
	l.gather()
	mark := len(l.out)
	l.out = h1.AppendChunkSize(l.out, len(p))
	l.out = append(append(l.out, p...), '\r', '\n')
	l.accepted += int64(len(l.out) - mark)
	return len(p)
}

// A vector is the pieces of one system call: what was gathered, then size line,
// data and CRLF of each chunk.
type vector struct {
	lines [mostAtOnce][16]byte
	list  [1 + 3*mostAtOnce][]byte
}

var vectors = sync.Pool{New: func() any { return new(vector) }}

// pieces lists gathered and the first chunks of p.
func (v *vector) pieces(gathered, p []byte) [][]byte {
	pieces := append(v.list[:0], gathered)
	for i := 0; i < mostAtOnce && len(p) > 0; i++ {
		data := p[:min(len(p), maxChunk)]
		pieces = append(pieces, h1.AppendChunkSize(v.lines[i][:0], len(data)), data, crlf)
		p = p[len(data):]
	}
	return pieces
}

// writeChunks writes what was gathered and chunks of p straight from where they
// are. It accepts those that were begun: 0 if the socket does not take even one.
// An error comes again at the next push.
func (l *link) writeChunks(p []byte) int {
	v := vectors.Get().(*vector)
	defer func() {
		clear(v.list[:])
		vectors.Put(v)
	}()
	pieces := v.pieces(l.out[l.outAt:], p)
	n, _ := l.t.TryWritev(pieces)
	if n < len(pieces[0]) {
		l.outAt += n
		return 0
	}
	n -= len(pieces[0])
	l.gathered()
	return l.begun(n, pieces[1:])
}

var crlf = []byte("\r\n")

// begun accepts the chunks of which octets are among the n that were written,
// and gathers what is missing of the last one.
func (l *link) begun(n int, pieces [][]byte) (taken int) {
	for n > 0 && len(pieces) > 0 {
		for _, piece := range pieces[:3] {
			l.accepted += int64(len(piece))
			m := min(n, len(piece))
			if n -= m; m < len(piece) {
				l.gather()
				l.out = append(l.out, piece[m:]...)
			}
		}
		taken += len(pieces[1])
		pieces = pieces[3:]
	}
	return taken
}
