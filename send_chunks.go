package dugong

import (
	"context"
	"sync"

	"github.com/dugong-http/dugong/internal/h1"
)

// Chunks of a request body (RFC 9112 section 7.1). The size of a chunk is said
// before its data, so a chunk that was begun has to be completed. What is large
// goes straight from the caller's memory, waiting as often as the socket is
// full; if such a wait fails, the rest of the chunk is gathered after all, since
// the memory is the caller's again when the call returns. That bounds a chunk.

// Octets of data in a chunk that is sent, or gathered. One that is sent fits,
// with its framing but without what was gathered before it, one segment of the
// loopback interface: see maxPiece in nio.
const (
	maxChunk      = 60 << 10
	maxSmallChunk = 32 << 10
)

// takeChunk gathers the first part of p as one chunk, whole.
func (l *link) takeChunk(p []byte) int {
	p = p[:min(len(p), maxSmallChunk)]
	l.gather()
	mark := len(l.out)
	l.out = h1.AppendChunkSize(l.out, len(p))
	l.out = append(append(l.out, p...), crlf...)
	l.accepted += int64(len(l.out) - mark)
	return len(p)
}

var crlf = []byte("\r\n")

// A vector is the pieces of one system call: what was gathered, then size line,
// data and CRLF of a chunk.
type vector struct {
	line [16]byte
	list [4][]byte
}

var vectors = sync.Pool{New: func() any { return new(vector) }}

// sendChunk accepts the first part of p as one chunk, straight from where it is.
// It accepts nothing if the socket does not even take what was gathered before.
func (l *link) sendChunk(ctx context.Context, k *call, p []byte) (n int, err *Error) {
	p = p[:min(len(p), maxChunk)]
	v := vectors.Get().(*vector)
	defer func() {
		clear(v.list[:])
		vectors.Put(v)
	}()
	pieces := append(v.list[:0], l.out[l.outAt:], h1.AppendChunkSize(v.line[:0], len(p)), p, crlf)
	sent, werr := l.t.TryWritev(pieces)
	if m := min(sent, len(pieces[0])); sent == m {
		l.outAt += m
		return 0, l.bodyFull(ctx, k, werr)
	}
	sent -= len(pieces[0])
	l.gathered()
	left, err := l.completeChunk(ctx, k, pieces[1:], sent)
	return len(p) - left, err
}

// completeChunk sends what is left of the pieces behind the first n octets. If
// that cannot go anywhere any more it says how much of the data is left.
func (l *link) completeChunk(ctx context.Context, k *call, pieces [][]byte, n int) (left int, err *Error) {
	for {
		l.accepted += int64(n)
		if pieces = behind(pieces, n); len(pieces) == 0 {
			return 0, nil
		}
		if err != nil || l.send.State != h1.BodyOpen {
			break
		}
		var werr error
		if n, werr = l.t.TryWritev(pieces); n == 0 {
			err = l.bodyFull(ctx, k, werr)
		}
	}
	if l.canKeep() {
		for _, p := range pieces {
			l.keep(p)
		}
	} else if len(pieces) > 1 { // more than the CRLF behind the data
		left = len(pieces[len(pieces)-2])
	}
	return left, err
}

// behind gives what follows the first n octets.
func behind(pieces [][]byte, n int) [][]byte {
	for len(pieces) > 0 && n >= len(pieces[0]) {
		n -= len(pieces[0])
		pieces = pieces[1:]
	}
	if len(pieces) > 0 {
		pieces[0] = pieces[0][n:]
	}
	return pieces
}
