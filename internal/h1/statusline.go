package h1

import "bytes"

// The status line, RFC 9112 section 4, parsing rules 4 to 6:
//
//	HTTP/1. DIGIT SP 3DIGIT SP [ reason-phrase ] CRLF
//
// Two liberties: the SP after the code may be missing when no reason follows,
// and one stray CRLF may come before the line (section 9.2); it counts against
// the limit of the line.

// parseStatusLine gives the index behind the status line, or 0 and possibly a fault.
func (h *Head) parseStatusLine(buf []byte, lim *Limits) (int, *Fault) {
	if h.seen == 0 { // else it was cut, and scanning it again at each octet would be quadratic
		if end := h.ordinaryStatusLine(buf); 0 < end && end <= min(lim.StartLine, lim.Head) {
			return end, nil
		}
	}
	start := 0
	if len(buf) >= 2 && buf[0] == '\r' && buf[1] == '\n' {
		start = 2
	}
	from := max(start, h.seen)
	lf := bytes.IndexByte(buf[from:], '\n')
	end := len(buf) + 1
	if lf >= 0 {
		end = from + lf + 1
	}
	switch {
	case end > lim.StartLine && lim.StartLine <= lim.Head:
		return 0, &Fault{Kind: TooLarge, Rule: 27, Text: "status line too long"}
	case end > lim.Head:
		return 0, &Fault{Kind: TooLarge, Rule: 27, Text: "header too long"}
	case lf < 0:
		h.seen = len(buf)
		return 0, nil
	}
	if f := h.statusLine(buf[start:end], start); f != nil {
		return 0, f
	}
	return end, nil
}

// ordinaryStatusLine reads a whole line of HTTP/1.1 and gives its end, or 0 for
// whatever else it finds.
func (h *Head) ordinaryStatusLine(buf []byte) int {
	const fixed = len("HTTP/1.1 200 ")
	if len(buf) < fixed+2 || string(buf[:9]) != "HTTP/1.1 " || buf[9] < '1' || buf[9] > '9' ||
		!isDigit(buf[10]) || !isDigit(buf[11]) || buf[12] != ' ' {
		return 0
	}
	at := textEnd(buf, fixed)
	if at+1 >= len(buf) || buf[at] != '\r' || buf[at+1] != '\n' {
		return 0
	}
	h.Status = int(buf[9]-'0')*100 + int(buf[10]-'0')*10 + int(buf[11]-'0')
	h.Minor, h.reason, h.reasonEnd = 1, uint32(fixed), uint32(at)
	return at + 2
}

// statusLine reads a line that ends with its LF and starts at offset start of the head.
func (h *Head) statusLine(line []byte, start int) *Fault {
	const fixed = len("HTTP/1.1 200")
	if at := textEnd(line, 0); at != len(line)-2 || line[at] != '\r' {
		return lineFault(line, at, "status line")
	}
	text := line[:len(line)-2]
	switch {
	case len(text) > 5 && string(text[:5]) == "HTTP/" && isDigit(text[5]) && text[5] != '1':
		return &Fault{Kind: Unsupported, Rule: 4, Text: "HTTP version other than 1.x (RFC 9112 section 2.3)", Got: excerpt(text)}
	case len(text) < fixed || string(text[:7]) != "HTTP/1." || !isDigit(text[7]) || text[8] != ' ',
		!isDigit(text[9]) || !isDigit(text[10]) || !isDigit(text[11]),
		len(text) > fixed && text[fixed] != ' ':
		return &Fault{Kind: Invalid, Rule: 4, Text: "not a status line (RFC 9112 section 4)", Got: excerpt(text)}
	case text[9] == '0':
		return &Fault{Kind: Invalid, Rule: 5, Text: "status code below 100 (RFC 9110 section 15)", Got: excerpt(text)}
	}
	h.Status = int(text[9]-'0')*100 + int(text[10]-'0')*10 + int(text[11]-'0')
	h.Minor = min(int(text[7]-'0'), 1) // a later 1.x is read as 1.1 (RFC 9110 section 2.5)
	h.reason = uint32(start + min(fixed+1, len(text)))
	h.reasonEnd = uint32(start + len(text))
	return nil
}
