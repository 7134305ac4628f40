package dugong

import (
	"errors"

	"github.com/dugong-http/dugong/internal/nio"
)

// Large reads go past the window, straight into the memory of the caller, in
// one of three ways:
//
//   - What is certainly data is read as it is: counted bodies, bodies until
//     close, and chunks that fill the caller's memory.
//   - A large chunk is read to its end together with the line that follows,
//     which goes to the window, so that each chunk costs one system call.
//   - Small chunks are read with their framing, which is squeezed out in place.
//
// Errors of the socket come again when the window is filled.
const (
	directMin = 4 << 10   // the least room for which octets are read past the window
	largeMin  = 32 << 10  // the least rest of a chunk that is read alone, and the least room for squeezing
	directMax = 256 << 10 // what is squeezed at once: what comes behind the body goes to the window
	lineRoom  = 32        // room for the line behind a chunk
)

// direct reads into p what is there, without waiting. The window must have
// given what it had.
func (b *Body) direct(p []byte) int {
	l := b.l
	if len(p) < directMin || l.in.len() > 0 || l.inErr != nil {
		return 0
	}
	rest := l.body.Direct()
	switch {
	case rest >= largeMin && rest < int64(len(p)) && l.body.Framed():
		return b.readChunk(p[:rest])
	case l.body.Framed() && rest < largeMin && len(p) >= largeMin:
		return b.squeeze(p[:min(len(p), directMax)])
	case rest >= directMin:
		return b.advance(b.tryRead(p[:min(int64(len(p)), rest)], nil))
	}
	return 0
}

// readChunk reads the rest of a chunk, which fills p, and the line behind it.
func (b *Body) readChunk(p []byte) int {
	in := &b.l.in
	n := b.tryRead(p, in.room()[:lineRoom])
	if n > len(p) {
		in.added(n - len(p))
		n = len(p)
	}
	in.rest()
	return b.advance(n)
}

// tryRead reads into p, and what does not fit it into q.
func (b *Body) tryRead(p, q []byte) int {
	n, err := b.l.t.TryReadv(p, q)
	if err != nil && !errors.Is(err, nio.ErrWouldBlock) {
		b.l.inErr = err
	}
	return n
}

// advance takes n octets that are data.
func (b *Body) advance(n int) int {
	if n > 0 {
		l := b.l
		l.octets(n)
		l.body.Advance(int64(n))
		l.in.taken += int64(n)
		b.finish()
	}
	return n
}

// squeeze reads into p and moves the data together. What is left over, the
// beginning of a line or what comes behind the body, goes to the window. A
// fault comes again when the window is decoded.
func (b *Body) squeeze(p []byte) (n int) {
	l := b.l
	rest := p[:b.tryRead(p, nil)]
	for len(rest) > 0 && !l.body.Done() {
		skip, m, f := l.body.Next(rest, len(rest))
		n += copy(p[n:], rest[skip:skip+m])
		rest = rest[skip+m:]
		l.in.taken += int64(skip + m)
		if f != nil || skip+m == 0 {
			break
		}
	}
	l.octets(n)
	l.in.put(rest)
	b.finish()
	return n
}
