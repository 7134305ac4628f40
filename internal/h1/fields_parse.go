package h1

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
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
			if x, next := scanField(buf, f.pos); next != 0 {
				switch {
				case next-f.pos > lim.FieldLine || next > total:
					return 0, f.overLimit(buf, next, lim, total, what)
				case len(f.list) == lim.Fields:
					return 0, tooManyFields(what)
				}
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
// at i, and gives the start of the next line. next is 0 for whatever else it
// finds. Eight octets at a time where eight are left: this is where reading a
// head spends its time.
func scanField(buf []byte, i int) (x field, next int) {
	line := buf[i:] // of its own, so that the compiler sees every index to be in range
	j := 0
	for ; j <= len(line)-8; j += 8 {
		if m := notPlain(binary.LittleEndian.Uint64(line[j : j+8])); m != 0 {
			j += bits.TrailingZeros64(m) >> 3
			break
		}
	}
	for j < len(line) && line[j] != ':' && tokenOctet[line[j]] {
		j++
	}
	if j == 0 || j >= len(line) || line[j] != ':' {
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
	if len(f.list) == cap(f.list) {
		f.growList()
	}
	f.list = append(f.list, x)
	if n := x.nameEnd - x.name; n < 64 && framingLengths>>n&1 != 0 {
		f.noticeName(buf[x.name:x.nameEnd])
	}
}

// framingLengths has a bit for the length of each name that noticeName knows.
const framingLengths uint64 = 1<<len("connection") | 1<<len("content-length") | 1<<len("transfer-encoding")

func (f *Fields) growList() {
	if f.list == nil {
		f.list = f.few[:0]
		return
	}
	list := make([]field, len(f.list), 2*cap(f.list))
	copy(list, f.list)
	f.list = list
}

func (f *Fields) noticeName(name []byte) {
	switch len(name) {
	case len("connection"):
		f.notice(&f.connection, name, "Connection")
	case len("content-length"):
		f.notice(&f.length, name, "Content-Length")
	case len("transfer-encoding"):
		f.notice(&f.coding, name, "Transfer-Encoding")
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
		return 0, tooManyFields(what)
	}
	x, next := scanField(buf, f.pos)
	if next == 0 && lim.BlankNames {
		x, next = scanBlankName(line, f.pos)
	}
	if next == 0 {
		return 0, fieldFault(line, what)
	}
	f.add(buf, x)
	return next, nil
}
