package h1

import "bytes"

// Folded fields (obs-fold, RFC 9112 section 5.2, parsing rule 8).

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
		value := bytes.TrimLeft(f.text[start:], blanks)
		x.value = uint32(len(f.text) - len(value))
		x.valueEnd = x.value + uint32(len(bytes.TrimRight(value, blanks)))
	}
}

var crlf = []byte("\r\n")
