package dugong

import (
	"errors"

	"github.com/dugong-http/dugong/internal/nio"
)

// Large reads go past the window, straight into the memory of the caller (a
// landing), with the framing that is among the data: it is squeezed out in
// place, and what is left over goes to the window. How much is read at once:
//
//   - Of a counted body and of one until close, and of a chunk that fills the
//     caller's memory, what is certainly data; with the end of a counted body as
//     much as the window could hold of what comes behind.
//   - A large chunk to its end, together with the line that follows, so that each
//     chunk costs one system call and its data are not moved.
//   - Small chunks as they come: moving them costs less than a call for each.
//
// Errors of the socket come again when the window is filled.
const (
	directMin = 4 << 10   // the least room for which octets are read past the window
	largeMin  = 32 << 10  // the least rest of a chunk that is read alone, and the least room for squeezing
	directMax = 256 << 10 // what is squeezed at once: what comes behind the body goes to the window
	lineRoom  = 32        // room for the line behind a chunk
)

// A landing is memory of the caller's into which a wait reads.
type landing struct {
	p []byte // empty: the window is to be filled
	n int    // octets that have come
}

// landing gives what may be read into of p. The window must have given what it
// had.
func (b *Body) landing(p []byte) []byte {
	l := b.l
	if len(p) < directMin || l.in.len() > 0 || l.inErr != nil {
		return nil
	}
	rest, size := l.body.Direct(), int64(len(p))
	switch {
	case l.body.Framed() && rest >= largeMin && rest < size:
		return p[:min(size, rest+lineRoom)]
	case l.body.Framed() && rest < largeMin && size >= largeMin:
		return p[:min(size, directMax)]
	case rest >= directMin && !l.body.Framed():
		return p[:min(size, max(rest, int64(windowSize)))]
	case rest >= directMin:
		return p[:min(size, rest)]
	}
	return nil
}

// direct reads into p what is there, without waiting.
func (b *Body) direct(p []byte) int {
	p = b.landing(p)
	if len(p) == 0 {
		return 0
	}
	n, err := b.l.t.TryRead(p)
	if err != nil && !errors.Is(err, nio.ErrWouldBlock) {
		b.l.inErr = err
	}
	return b.landed(p[:n])
}

// landed takes what was read past the window: it moves the data together, to the
// beginning of p, and says how much they are. What is left over, the beginning of
// a line or what comes behind the body, goes to the window. A fault comes again
// when the window is decoded.
func (b *Body) landed(p []byte) (n int) {
	l, rest := b.l, p
	for len(rest) > 0 && !l.body.Done() {
		skip, m, f := l.body.Next(rest, len(rest))
		if at := len(p) - len(rest) + skip; at > n {
			copy(p[n:], p[at:at+m])
		}
		n += m
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
