package h1

import "strconv"

// AppendChunkSize appends the line before n octets of chunk data, which CRLF
// has to follow (RFC 9112 section 7.1). A chunk of no octets would end the
// body, so nothing is appended unless n > 0.
func AppendChunkSize(dst []byte, n int) []byte {
	if n <= 0 {
		return dst
	}
	dst = strconv.AppendUint(dst, uint64(n), 16)
	return append(dst, '\r', '\n')
}
