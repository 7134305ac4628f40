package h1

import "math"

// BodyReader finds the data of a response body in the octets that follow the
// head. It holds no octets itself and no pointers into itself: it may be copied
// while no trailer is being read, and Fork copies it at any time.
//
// Each octet is consumed once. Octets of the body that came before a fault are
// given out first; the fault comes from a later call, and from each one after it.
// The zero value is a body that is complete.
type BodyReader struct {
	state   bodyState
	rest    int64 // data octets that certainly come next
	last    int64 // data octets of the chunk before the current line
	excess  int64 // octets of chunk lines beyond what the data justifies
	seen    int   // octets of an incomplete chunk line in which there is no LF
	lim     *Limits
	fault   *Fault
	trailer *Fields
}

type bodyState uint8

const (
	bodyDone bodyState = iota
	bodyFailed
	bodyCounted
	bodyUntilClose
	bodyChunkLine
	bodyChunkData
	bodyChunkEnd
	bodyTrailer
)

// Start begins a body. lim must stay as it is until the body is complete; nil
// stands for DefaultLimits. A tunnel has no body, its octets are not HTTP's.
func (b *BodyReader) Start(f Framing, lim *Limits) {
	if lim == nil {
		lim = &DefaultLimits
	}
	*b = BodyReader{lim: lim}
	switch f.Kind {
	case Counted:
		b.state, b.rest = bodyCounted, f.Length
		b.advance(0)
	case Chunked:
		b.state = bodyChunkLine
	case UntilClose:
		b.state, b.rest = bodyUntilClose, math.MaxInt64
	case Unframed:
		b.fail(f.Fault)
	}
}

// Next looks at src, what has arrived and was not consumed. The first skip
// octets are framing; n <= limit octets of data follow them. The state is
// advanced past both. 0, 0, nil means that src does not hold enough, unless
// the body is Done or limit is 0, which only moves past framing.
func (b *BodyReader) Next(src []byte, limit int) (skip, n int, f *Fault) {
	for {
		switch b.state {
		case bodyDone:
			return skip, 0, nil
		case bodyFailed:
			return skip, 0, b.fault
		case bodyCounted, bodyUntilClose, bodyChunkData:
			n = int(min(b.rest, int64(max(0, min(len(src)-skip, limit)))))
			b.advance(int64(n))
			return skip, n, nil
		}
		k, f := b.framing(src[skip:])
		if f != nil {
			b.fail(f)
		} else if k == 0 {
			return skip, 0, nil
		}
		skip += k
	}
}

// Direct gives how many octets come next and are certainly data: who reads them
// straight into the memory of the caller need not move them. It is
// 0 where framing comes next, and MaxInt64 until close.
func (b *BodyReader) Direct() int64 { return b.rest }

// Framed says that there are chunks: framing comes between the data.
func (b *BodyReader) Framed() bool { return b.state >= bodyChunkLine }

// Failed says that a fault was met: Next gives it.
func (b *BodyReader) Failed() bool { return b.state == bodyFailed }

// advance moves the state past n <= Direct() octets of data.
func (b *BodyReader) advance(n int64) {
	if b.state == bodyUntilClose {
		return
	}
	if b.rest -= n; b.rest > 0 {
		return
	}
	switch b.state {
	case bodyCounted:
		b.state = bodyDone
	case bodyChunkData:
		b.state = bodyChunkEnd
	}
}

// Done says that the body is complete, its trailer included.
func (b *BodyReader) Done() bool { return b.state == bodyDone }

// EOF says that the stream ended cleanly and src held nothing more that Next
// could use. Only a body until close is complete then (parsing rules 15, 21).
func (b *BodyReader) EOF() *Fault {
	switch b.state {
	case bodyDone, bodyFailed:
	case bodyUntilClose:
		b.state, b.rest = bodyDone, 0
	default:
		b.fail(&Fault{Kind: Truncated, Rule: 21, Text: "the stream ended inside the body (RFC 9112 section 8)"})
	}
	return b.fault
}

// Trailer gives the trailer fields of a body that is Done; nil if there are none.
func (b *BodyReader) Trailer() *Fields {
	if b.state != bodyDone {
		return nil
	}
	return b.trailer
}

// Fork gives an independent copy, to look ahead without consuming.
func (b *BodyReader) Fork() BodyReader {
	c := *b
	if c.state == bodyTrailer && c.trailer != nil {
		c.trailer = c.trailer.clone()
	}
	return c
}

func (b *BodyReader) fail(f *Fault) { b.state, b.rest, b.fault = bodyFailed, 0, f }
