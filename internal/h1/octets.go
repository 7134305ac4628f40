package h1

import (
	"encoding/binary"
	"math/bits"
)

// What single octets mean (parsing rule 3): everything here works on octets,
// only ASCII letters fold case, only SP and HTAB are blanks.

// tokenOctet says which octets may stand in a token (RFC 9110 section 5.6.2).
var tokenOctet = func() (t [256]bool) {
	for _, c := range []byte("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
		t[c] = true
	}
	return t
}()

// lowerOctet folds ASCII letters and leaves everything else alone.
var lowerOctet = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] |= 0x20
		}
	}
	return t
}()

// sameFold compares without regard to the case of ASCII letters. Mostly there is
// none: names are looked for as they are usually spelt.
func sameFold[T string | []byte](p T, q string) bool {
	if len(p) != len(q) {
		return false
	}
	if string(p) == q {
		return true
	}
	for i := range len(p) {
		if lowerOctet[p[i]] != lowerOctet[q[i]] {
			return false
		}
	}
	return true
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// trimBlanks takes SP and HTAB off both ends (OWS, RFC 9110 section 5.6.3).
func trimBlanks(p []byte) []byte {
	for len(p) > 0 && isBlank(p[0]) {
		p = p[1:]
	}
	for len(p) > 0 && isBlank(p[len(p)-1]) {
		p = p[:len(p)-1]
	}
	return p
}

// Eight octets at a time: the functions below look at the octets of a word and
// mark those they look for by their high bit. Only the lowest mark is to be
// relied on: what a marked octet carries or borrows may spoil those above it.
// No mark at all is exact.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// controls marks the octets of x below 0x20 and those equal to 0x7f. Of each
// octet, (x-n) &^ x has its high bit set if the octet is below n.
func controls(x uint64) uint64 {
	del := x ^ 0x7f*ones
	return ((x-0x20*ones)&^x | (del-ones)&^del) & highs
}

// notPlain marks the octets of x that are neither letters nor hyphens, which
// nearly all names are made of. With its high bit clear, the high bit of
// c+0x80-n says that c is n or more.
func notPlain(x uint64) uint64 {
	lower := x | 0x20*ones // a letter in lower case; CR and hyphen are told apart below
	letter := (lower + (0x80-'a')*ones) &^ (lower + (0x80-'z'-1)*ones)
	hyphen := x ^ '-'*ones
	return (^letter&(hyphen+0x7f*ones) | x) & highs
}

// textEnd gives the index of the first octet of p, from i on, that cannot
// stand in a field value or reason phrase: a control octet other than HTAB
// (RFC 9110 section 5.5; 0x80 and above are obs-text). It is len(p) if there is none.
// Eight octets at a time, up to a HTAB, which is rare: values are most of a head.
func textEnd(p []byte, i int) int {
	i = max(i, 0) // so that the compiler sees every word to be in range
	for ; i <= len(p)-8; i += 8 {
		if m := controls(binary.LittleEndian.Uint64(p[i : i+8])); m != 0 {
			if i += bits.TrailingZeros64(m) >> 3; p[i] != '\t' {
				return i
			}
			break
		}
	}
	for k, c := range p[i:] {
		if c < 0x20 && c != '\t' || c == 0x7f {
			return i + k
		}
	}
	return len(p)
}

// lineFault says what is wrong with the octet at line[at], where textEnd
// stopped short of the CRLF that ends the line; nil if it is that CRLF.
func lineFault(line []byte, at int, where string) *Fault {
	switch rest := line[at:]; {
	case len(rest) == 2 && rest[0] == '\r':
		return nil
	case rest[0] == '\n':
		return &Fault{Kind: Invalid, Rule: 1, Text: "line ends with LF alone in " + where + " (RFC 9112 section 2.2)"}
	case rest[0] == '\r':
		return &Fault{Kind: Invalid, Rule: 1, Text: "bare CR in " + where + " (RFC 9112 section 2.2)"}
	default:
		return &Fault{Kind: Invalid, Rule: 2, Text: "control octet in " + where + " (RFC 9110 section 5.5)", Got: excerpt(rest[:1])}
	}
}
