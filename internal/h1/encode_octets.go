package h1

import "strconv"

// Searches for octets that may not be sent, eight at a time; controls in
// octets.go explains the masks.

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
	for len(s)-i >= 8 && controls(word(s[i:])) == 0 {
		i += 8
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' || c == 0x7f {
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
		blank, hash := x^' '*ones, x^'#'*ones
		if controls(x)|(x|(blank-ones)&^blank|(hash-ones)&^hash)&highs != 0 {
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
	i := 0
	for len(s)-i >= 8 && notPlain(word(s[i:])) == 0 {
		i += 8
	}
	for ; i < len(s); i++ {
		if !tokenOctet[s[i]] {
			return i
		}
	}
	return -1
}

func isToken(s string) bool { return s != "" && notToken(s) == -1 }

// octetAt names the octet at fault and its place, for an error text.
func octetAt(s string, i int) string {
	const digits = "0123456789abcdef"
	name := ""
	switch c := s[i]; {
	case c > 0x20 && c < 0x7f:
		name = "'" + string(rune(c)) + "'"
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
	default:
		name = "octet 0x" + string([]byte{digits[c>>4], digits[c&15]})
	}
	return name + " at offset " + strconv.Itoa(i)
}
