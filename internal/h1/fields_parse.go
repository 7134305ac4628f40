package h1

import (
	"bytes"
	"math"
)

// Parsing of a field block: *( field-line CRLF ) CRLF, RFC 9112 section 5.
//
// The octets stay where they are until the block is complete; only then are
// they copied, once. What is kept between two calls are offsets, so the caller's
// buffer may move. A complete line is never looked at again, and the end of an
// incomplete one is looked for only in what is new.
//
// A verdict must not depend on segments (parsing rule 28), so a line is judged
// only when its LF is there, or when it has passed a limit; limits come first.
// The end of a field is known only when the next line does not start with a
// blank. Instead of waiting, a field is entered with its first line, and a
// fold changes it afterwards.

// parse reads the lines of buf from f.pos on. n > 0: the block is complete and
// ends at n. 0, nil: more octets are needed. total bounds n.
func (f *Fields) parse(buf []byte, lim *Limits, total int, what string) (n int, fault *Fault) {
	total = min(total, math.MaxInt32) // offsets have 32 bits, and unfolded values may double the text
	for {
		if f.seen <= f.pos { // else the line was cut, and scanning it at each octet would be quadratic
			x, next := scanField(buf, f.pos)
			if next != 0 && next <= total && next-f.pos <= lim.FieldLine && len(f.list) < lim.Fields {
				f.add(buf, x)
				f.pos = next
				continue
			}
		}
		if end := f.pos + 2; end <= min(len(buf), total) && buf[f.pos] == '\r' && buf[f.pos+1] == '\n' && lim.FieldLine >= 2 {
			return end, nil
		}
		next, fault := f.slowLine(buf, lim, total, what)
		if next == 0 {
			return 0, fault
		}
		f.pos = next
	}
}

// scanField reads the ordinary case, a whole line token ":" OWS value OWS CRLF
// at i, and gives the start of the next line. next is 0 for whatever else it finds.
func scanField(buf []byte, i int) (x field, next int) {
	line := buf[i:] // of its own, so that the compiler sees every index to be in range
	j := 0
	for j < len(line) && tokenOctet[line[j]] {
		j++
	}
	if j == 0 || j == len(line) || line[j] != ':' {
		return field{}, 0
	}
	v := j + 1
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
	return field{uint32(i), uint32(i + j), uint32(i + v), uint32(i + end)}, i + k + 2
}

// add enters a field and notices the ones that frame the message.
func (f *Fields) add(buf []byte, x field) {
	if cap(f.list) == 0 {
		f.list = make([]field, 0, 16)
	}
	f.list = append(f.list, x)
	name := buf[x.name:x.nameEnd]
	switch len(name) {
	case len("connection"):
		f.notice(&f.connection, name, "connection")
	case len("content-length"):
		f.notice(&f.length, name, "content-length")
	case len("transfer-encoding"):
		f.notice(&f.coding, name, "transfer-encoding")
	}
}

func (f *Fields) notice(s *span, name []byte, want string) {
	if sameFold(name, want) {
		s.last = int32(len(f.list))
		if s.first == 0 {
			s.first = s.last
		}
	}
}

// slowLine deals with a line that scanField did not take: cut, over a limit, a
// fold, or faulty. It gives the start of the next line, or 0 and
// possibly a fault.
func (f *Fields) slowLine(buf []byte, lim *Limits, total int, what string) (next int, fault *Fault) {
	from := max(f.pos, f.seen)
	lf := bytes.IndexByte(buf[from:], '\n')
	end := len(buf) + 1 // the least that a line still without its LF can end at
	if lf >= 0 {
		end = from + lf + 1
	}
	if fault := f.overLimit(buf, end, lim, total, what); fault != nil {
		return 0, fault
	}
	if lf < 0 {
		f.seen = len(buf)
		return 0, nil
	}
	line := buf[f.pos:end]
	switch {
	case isBlank(line[0]):
		if fault := f.fold(buf, line, what); fault != nil {
			return 0, fault
		}
		return end, nil
	case len(f.list) >= lim.Fields:
		return 0, &Fault{Kind: TooLarge, Rule: 27, Text: "too many fields in " + what}
	}
	x, next := scanField(buf, f.pos)
	if next == 0 {
		return 0, fieldFault(line, what)
	}
	f.add(buf, x)
	return next, nil
}

// overLimit judges the length of a line that ends at end. Of two limits the
// one that is passed first counts, as it would octet by octet.
func (f *Fields) overLimit(buf []byte, end int, lim *Limits, total int, what string) *Fault {
	start := f.pos
	if n := len(f.list); n > 0 && f.pos < len(buf) && isBlank(buf[f.pos]) {
		start = int(f.list[n-1].name)
	}
	switch bound := start + lim.FieldLine; {
	case end <= bound && end <= total:
		return nil
	case bound <= total:
		return &Fault{Kind: TooLarge, Rule: 27, Text: "field line too long in " + what}
	default:
		return &Fault{Kind: TooLarge, Rule: 27, Text: what + " too long"}
	}
}

// fold adds a continuation line to the field before it (obs-fold, RFC 9112
// section 5.2). A line of blanks is one too.
func (f *Fields) fold(buf, line []byte, what string) *Fault {
	n := len(f.list)
	if n == 0 {
		return &Fault{Kind: Invalid, Rule: 8, Text: "blank before the first field of " + what + " (RFC 9112 section 2.2)"}
	}
	if fault := lineFault(line, textEnd(line, 0), what); fault != nil {
		return fault
	}
	// A reader that does not unfold would see another length or coding.
	if int(f.length.last) == n || int(f.coding.last) == n {
		x := f.list[n-1]
		return &Fault{Kind: Invalid, Rule: 8, Text: "folded framing field in " + what + " (RFC 9112 section 5.2)", Got: excerpt(buf[x.name:x.nameEnd])}
	}
	f.list[n-1].valueEnd = uint32(f.pos + len(line) - 2)
	if k := len(f.folded); k == 0 || int(f.folded[k-1]) != n-1 {
		f.folded = append(f.folded, int32(n-1))
	}
	return nil
}

// fieldFault says why line is no field line. It repeats the name, never the
// value, which may be a secret.
func fieldFault(line []byte, what string) *Fault {
	j := 0
	for tokenOctet[line[j]] {
		j++
	}
	const must = " (RFC 9112 section 5)"
	name, fault := line[:j], &Fault{Kind: Invalid, Rule: 7}
	switch c := line[j]; {
	case c == ':' && j > 0:
		fault = lineFault(line, textEnd(line, j), what)
		fault.Got = excerpt(name)
		return fault
	case c == ':':
		fault.Text = "field without a name in " + what + must
	case c == '\n' || c == '\r' && j+2 != len(line):
		return lineFault(line, j, what)
	case c == '\r':
		fault.Text = "line without a colon in " + what + must
	case isBlank(c):
		fault.Text = "blank in or after a field name in " + what + " (RFC 9112 section 5.1)"
	default:
		name = line[:j+1]
		fault.Text = "octet that is not allowed in a field name in " + what + must
	}
	fault.Got = excerpt(name)
	return fault
}

// own copies the complete block, whose offsets the fields hold, and appends
// the values that were folded, each fold replaced by one SP (parsing rule 8).
func (f *Fields) own(block []byte, sealed bool) {
	f.text, f.str, f.sealed = append(f.text[:0], block...), "", sealed
	for _, i := range f.folded {
		x := &f.list[i]
		start := len(f.text)
		for rest := block[x.value:x.valueEnd]; ; {
			line, tail, more := bytes.Cut(rest, crlf)
			f.text = append(f.text, trimBlanks(line)...)
			if !more {
				break
			}
			f.text, rest = append(f.text, ' '), tail
		}
		end := len(f.text)
		for start < end && isBlank(f.text[start]) {
			start++
		}
		for start < end && isBlank(f.text[end-1]) {
			end--
		}
		x.value, x.valueEnd = uint32(start), uint32(end)
	}
}

var crlf = []byte("\r\n")
