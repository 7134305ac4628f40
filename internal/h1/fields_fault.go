package h1

// What can be wrong with a line of a field block.

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

func tooManyFields(what string) *Fault {
	return &Fault{Kind: TooLarge, Rule: 27, Text: "too many fields in " + what}
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
