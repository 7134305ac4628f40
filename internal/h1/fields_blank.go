package h1

import "bytes"

// scanBlankName reads a whole line token 1*BWS ":" OWS value OWS CRLF, which
// stands at the offset at, for those who opted in (Limits.BlankNames). Servers
// send such lines, and a client that answers to nobody but its own program may
// take them: the name keeps its blanks, so that it is no name that anything
// looks for. next is 0 for anything else.
//
// Not so for the names that say where the message ends and who may use the
// connection: a proxy on the way may have taken the line at its word, and the
// two of us would see different messages (RFC 9112 section 5.1).
func scanBlankName(line []byte, at int) (x field, next int) {
	name, rest, found := bytes.Cut(line, colon)
	bare := bytes.TrimRight(name, blanks)
	if !found || len(bare) == 0 || len(bare) == len(name) || lineFault(rest, textEnd(rest, 0), "") != nil {
		return field{}, 0
	}
	for _, c := range bare {
		if !tokenOctet[c] {
			return field{}, 0
		}
	}
	for _, name := range [...]string{"content-length", "transfer-encoding", "connection", "trailer", "upgrade"} {
		if sameFold(bare, name) {
			return field{}, 0
		}
	}
	next = at + len(line)
	end := next - len("\r\n")
	value := bytes.TrimLeft(rest[:len(rest)-len("\r\n")], blanks)
	start := end - len(value)
	return field{uint32(at), uint32(at + len(name)), uint32(start), uint32(start + len(bytes.TrimRight(value, blanks)))}, next
}

var colon = []byte(":")

const blanks = " \t"
