package wiretest

// Injections are pieces that end a line, a head or a request, or that some
// recipient takes for such a thing. None is allowed anywhere in a request.
var Injections = []string{
	"\r", "\n", "\r\n", "\n\r", "\x00", "\x7f", "\x0b", "\x0c", "\x1b", "\x08", "\x1f",
	"\r\n\r\n", "\n\n", "\r\r", "\r\n ", "\r\n\t", "\n ", // folds
	"\r\n\r\nGET / HTTP/1.1\r\nHost: evil\r\n\r\n", "\n\nGET / HTTP/1.1\nHost: evil\n\n",
	"\r\nContent-Length: 5", "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "\nTransfer-Encoding: chunked",
	"x\r\nHost: evil", " HTTP/1.1\r\nHost: evil\r\n\r\n", " HTTP/1.0\r\n",
}

// NarrowInjections are harmless in a value, but not in the tighter places.
var NarrowInjections = []string{
	" ", "\t", "a b", "\u010d\u010a", // their low octets are CR and LF
	"\u560d\u560a", "\u0120", "\u2028", "\u0085", "\u3000", "\u212a", "\u017f", "\uff1a", "\uff0f", "\xff", "\x85", "\xa0", "\xc0\x8d", "\xe5\x98\x8a",
}

// Around puts a piece at the start, in the middle and at the end of s, and alone.
func Around(s, piece string) []string {
	half := len(s) / 2
	return []string{piece + s, s[:half] + piece + s[half:], s + piece, piece}
}
