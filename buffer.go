package dugong

import "github.com/dugong-http/dugong/internal/nio"

// A window holds octets that have arrived and were not taken yet. Its memory
// is borrowed while there are any, so that an idle connection has none.
type window struct {
	buf   []byte
	r, w  int
	taken int64 // octets that the parser has taken so far, those read past the window included
}

const windowSize = len(nio.Buffer{})

// countWindow is told of each window's memory taken (1) and given back (-1).
// It is for tests, which look for memory that nobody gave back.
var countWindow = func(int) {}

func (b *window) bytes() []byte { return b.buf[b.r:b.w] }
func (b *window) len() int      { return b.w - b.r }

// skip takes n octets out. With the last one the memory goes back, so what
// bytes gave is not good any more.
func (b *window) skip(n int) {
	b.taken += int64(n)
	b.r += n
	b.rest()
}

// room returns free space at the end, making more where there is none.
func (b *window) room() []byte {
	switch {
	case b.buf == nil:
		b.buf = nio.GetBuffer()[:]
		countWindow(1)
	case b.w < len(b.buf):
	case b.r > 0:
		b.w = copy(b.buf, b.bytes())
		b.r = 0
	default:
		bigger := make([]byte, 2*len(b.buf))
		b.w = copy(bigger, b.bytes())
		b.giveBack()
		b.buf, b.r = bigger, 0
		countWindow(1)
	}
	return b.buf[b.w:]
}

// take makes a buffer with n octets the content of an empty window.
func (b *window) take(p *nio.Buffer, n int) {
	b.rest()
	b.buf, b.r, b.w = p[:], 0, n
	countWindow(1)
}

func (b *window) added(n int) { b.w += n }

// put appends p.
func (b *window) put(p []byte) {
	for len(p) > 0 {
		n := copy(b.room(), p)
		b.added(n)
		p = p[n:]
	}
}

// rest gives the memory back if nothing is in it.
func (b *window) rest() {
	if b.r == b.w {
		b.drop()
	}
}

// drop gives the memory back with whatever is in it.
func (b *window) drop() {
	if b.buf != nil {
		b.giveBack()
		*b = window{taken: b.taken}
	}
}

func (b *window) giveBack() {
	countWindow(-1)
	if len(b.buf) == windowSize {
		nio.PutBuffer((*nio.Buffer)(b.buf))
	}
}

// gather has memory for l.out, to be appended to: octets that were accepted and
// wait for the socket. It is borrowed in the same way; the rest of a large chunk
// may need more than was borrowed. What the socket has taken
// makes room once that is the larger part: a socket that takes little at a time
// may never take the last octet, and nothing must be kept for that.
func (l *link) gather() {
	switch {
	case l.out == nil:
		l.out = nio.GetBuffer()[:0]
	case 2*l.outAt >= len(l.out):
		l.out, l.outAt = l.out[:copy(l.out, l.out[l.outAt:])], 0
	}
}

// gathered says that nothing of l.out is needed any more.
func (l *link) gathered() {
	if cap(l.out) == windowSize {
		nio.PutBuffer((*nio.Buffer)(l.out[:windowSize]))
	}
	l.out, l.outAt = nil, 0
}
