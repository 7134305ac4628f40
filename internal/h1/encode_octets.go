package h1

import "strconv"

// Searches for octets that may not be sent, eight at a time where a value can
// be long. The masks are the well-known ones: for each of the eight octets,
// its high bit in (x-n*ones) &^ x & highs is set if the octet is below n. A
// borrow can mark an octet too many, but only above one that is marked
// rightly, and a word with a mark is searched again octet by octet.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func below(x, n uint64) uint64 { return (x - n*ones) &^ x & highs }

func equals(x uint64, c byte) uint64 { return below(x^uint64(c)*ones, 1) }

// word loads eight octets; the compiler makes one load of it.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// notValue gives the index of the first octet that no field value may hold
// (any control but HTAB; obs-text is allowed, RFC 9110 section 5.5), or -1.
func notValue(s string) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		x := word(s[i:])
		if below(x, 0x20)|equals(x, 0x7f) == 0 {
			continue
		}
		for j := i; j < i+8; j++ {
			if isControl(s[j]) {
				return j
			}
		}
	}
	for ; i < len(s); i++ {
		if isControl(s[i]) {
			return i
		}
	}
	return -1
}

// notTarget gives the index of the first octet outside the visible ASCII
// ones, or of a '#', or -1.
func notTarget(s string) int {
	i := 0
	for ; len(s)-i >= 8; i += 8 {
		x := word(s[i:])
		if below(x, 0x21)|equals(x, 0x7f)|equals(x, '#')|x&highs != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c <= 0x20 || c >= 0x7f || c == '#' {
			return i
		}
	}
	return -1
}

// notToken gives the index of the first octet that is not a tchar, or -1.
func notToken(s string) int {
	for i := range len(s) {
		if !tokenOctet[s[i]] {
			return i
		}
	}
	return -1
}

func isControl(c byte) bool { return c < 0x20 && c != '\t' || c == 0x7f }

// octetAt names the octet at fault and its place, for an error text.
func octetAt(s string, i int) string {
	const digits = "0123456789abcdef"
	name := ""
	switch c := s[i]; {
	case c == 0:
		name = "NUL"
	case c == '\t':
		name = "HTAB"
	case c == '\n':
		name = "LF"
	case c == '\r':
		name = "CR"
	case c == ' ':
		name = "SP"
	case c > 0x20 && c < 0x7f:
		name = "'" + string(rune(c)) + "'"
	default:
		name = "octet 0x" + string([]byte{digits[c>>4], digits[c&15]})
	}
	return name + " at offset " + strconv.Itoa(i)
}
