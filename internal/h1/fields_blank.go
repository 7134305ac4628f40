package h1

// scanBlankName reads a line token 1*BWS ":" OWS value OWS CRLF at i for those
// who opted in (Limits.BlankNames). Servers send such lines, and a client that
// answers to nobody but its own program may take them: the name keeps its
// blanks, so that it is no name that anything looks for.
//
// Not so for the names that say where the message ends and who may use the
// connection: a proxy on the way may have taken the line at its word, and the
// two of us would see different messages (RFC 9112 section 5.1).
func scanBlankName(buf []byte, i int) (x field, next int) {
	line := buf[i:]
	j := 0
	for j < len(line) && tokenOctet[line[j]] {
		j++
	}
	colon := j
	for colon < len(line) && isBlank(line[colon]) {
		colon++
	}
	if j == 0 || colon == j || colon == len(line) || line[colon] != ':' {
		return field{}, 0
	}
	for _, name := range [...]string{"content-length", "transfer-encoding", "connection", "trailer", "upgrade"} {
		if sameFold(line[:j], name) {
			return field{}, 0
		}
	}
	v := colon + 1
	for v < len(line) && isBlank(line[v]) {
		v++
	}
	k := textEnd(line, v)
	if k+1 >= len(line) || line[k] != '\r' || line[k+1] != '\n' {
		return field{}, 0
	}
	end := k
	for end > v && isBlank(line[end-1]) {
		end--
	}
	return field{uint32(i), uint32(i + colon), uint32(i + v), uint32(i + end)}, i + k + 2
}
