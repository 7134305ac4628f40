package h1

import (
	"bytes"
	"unsafe"
)

// Fields is the field lines of a head or of a trailer block, in the order and
// spelling of the wire (parsing rule 9). The octets are an owned copy; a field
// is four offsets into it, so that nothing is allocated per field.
type Fields struct {
	text   []byte // the block as it came, then the values of folded fields, unfolded
	str    string // text as a string, made on first use unless sealed
	list   []field
	folded []int32 // which fields have an obs-fold
	sealed bool    // strings share the memory of text

	// The fields that frame a message, noticed while parsing.
	length, coding, connection span

	// State of the parser: where the next line starts, and how far its end was looked for.
	pos, seen int

	few [16]field // memory of list, as long as that is enough
}

// field is one field line: text[name:nameEnd] and text[value:valueEnd].
type field struct{ name, nameEnd, value, valueEnd uint32 }

// span holds the index of the first and last field of one name, both plus one;
// zero means none.
type span struct{ first, last int32 }

func (s span) none() bool { return s.last == 0 }

// Len gives the number of fields; a name that comes twice counts twice.
func (f *Fields) Len() int { return len(f.list) }

// Name gives the name of field i in the spelling of the wire. The octets must
// not be changed and are good until the next Reset.
func (f *Fields) Name(i int) []byte { x := &f.list[i]; return f.text[x.name:x.nameEnd:x.nameEnd] }

// Value gives the value of field i without the blanks around it, folds
// replaced by one SP. It lives as long as Name's result.
func (f *Fields) Value(i int) []byte { x := &f.list[i]; return f.text[x.value:x.valueEnd:x.valueEnd] }

// NameString gives the name of field i as a string that is good for ever.
func (f *Fields) NameString(i int) string { x := &f.list[i]; return f.all()[x.name:x.nameEnd] }

// ValueString gives the value of field i as a string that is good for ever.
func (f *Fields) ValueString(i int) string { x := &f.list[i]; return f.all()[x.value:x.valueEnd] }

// Index gives the first field from index from on whose name is name, without
// regard to the case of ASCII letters, or -1.
func (f *Fields) Index(name string, from int) int {
	for i := max(from, 0); i < len(f.list); i++ {
		if x := &f.list[i]; int(x.nameEnd-x.name) == len(name) && sameFold(f.text[x.name:x.nameEnd], name) {
			return i
		}
	}
	return -1
}

// all is the whole text as one string, of which all strings handed out are
// parts: one allocation for a response however many are asked for, none at all
// when the memory is not going to be used again.
func (f *Fields) all() string {
	if f.str == "" {
		if f.sealed {
			f.str = unsafe.String(unsafe.SliceData(f.text), len(f.text))
		} else {
			f.str = string(f.text)
		}
	}
	return f.str
}

// keepText and keepFields bound what a reset keeps, so that one huge head does
// not hold its memory for as long as the connection lives.
const keepText, keepFields = 64 << 10, 1 << 10

// reset forgets the fields. Memory that strings share is dropped, the rest is
// kept for the next block.
func (f *Fields) reset() {
	if f.text = f.text[:0]; f.sealed || cap(f.text) > keepText {
		f.text = nil
	}
	if f.list = f.list[:0]; cap(f.list) > keepFields {
		f.list = nil
	}
	f.folded = f.folded[:0]
	f.str, f.sealed = "", false
	f.length, f.coding, f.connection = span{}, span{}, span{}
	f.pos, f.seen = 0, 0
}

// clone is a copy that shares no memory that is still written to.
func (f *Fields) clone() *Fields {
	c := *f
	c.text = append([]byte(nil), f.text...)
	c.list = append([]field(nil), f.list...)
	c.folded = append([]int32(nil), f.folded...)
	return &c
}

// members walks over the comma-separated members of all fields of one name,
// as if the lines were joined (RFC 9110 section 5.3). Empty members are given
// too: whether they matter is for the caller to say.
type members struct {
	fields *Fields
	name   string
	next   int // field to look at when line is used up
	end    int // behind the last field of that name
	line   []byte
	inside bool // line still has a member
}

func (f *Fields) membersOf(s span, name string) members {
	if s.none() {
		return members{}
	}
	return members{fields: f, name: name, next: int(s.first) - 1, end: int(s.last)}
}

var comma = []byte(",")

// take gives the next member without the blanks around it, and false when there is none.
func (m *members) take() (member []byte, ok bool) {
	for !m.inside {
		if m.next == m.end {
			return nil, false
		}
		i := m.next
		m.next++
		if m.inside = sameFold(m.fields.Name(i), m.name); m.inside {
			m.line = m.fields.Value(i)
		}
	}
	member, m.line, m.inside = bytes.Cut(m.line, comma)
	return trimBlanks(member), true
}
