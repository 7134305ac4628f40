package dugong

import (
	"iter"
	"slices"
)

// Field is one header or trailer field as the caller writes it.
type Field struct{ Name, Value string }

// Header is an ordered list of fields. Names match without regard to the case
// of ASCII letters, and are sent in the order and spelling in which they stand
// here. The zero value is an empty Header, ready to use; a literal
//
//	dugong.Header{{Name: "Accept", Value: "text/html"}, {Name: "Accept", Value: "text/plain"}}
//
// is as good as the methods. A name may occur more than once: Add appends, Set
// makes one of all. Nothing is checked here; SendRequest refuses what may not
// be sent. A Header may be changed while nobody else uses it.
type Header []Field

// HeaderOf makes a Header of names and values in turn. A later value of a name
// replaces an earlier one, as with Set. A last name without a value gets "".
func HeaderOf(pairs ...string) Header {
	h := make(Header, 0, (len(pairs)+1)/2)
	for i := 0; i < len(pairs); i += 2 {
		value := ""
		if i+1 < len(pairs) {
			value = pairs[i+1]
		}
		h.Set(pairs[i], value)
	}
	return h
}

// FromMap makes a Header of a map like http.Header, sorted by name because a
// map has no order. Each value becomes a field of its own; a name without
// values gives none.
func FromMap(m map[string][]string) Header {
	names, n := make([]string, 0, len(m)), 0
	for name, values := range m {
		names, n = append(names, name), n+len(values)
	}
	slices.Sort(names)
	h := make(Header, 0, n)
	for _, name := range names {
		for _, value := range m[name] {
			h = append(h, Field{name, value})
		}
	}
	return h
}

// Get returns the first value of a name, or "".
func (h Header) Get(name string) string {
	value, _ := h.Lookup(name)
	return value
}

// Lookup returns the first value of a name and whether there is one.
func (h Header) Lookup(name string) (value string, ok bool) {
	if i := h.index(name); i >= 0 {
		return h[i].Value, true
	}
	return "", false
}

// Has says whether the name occurs.
func (h Header) Has(name string) bool { return h.index(name) >= 0 }

// Set gives a name one value. A name that occurs keeps the position of its
// first field, takes the new spelling, and loses its other fields.
func (h *Header) Set(name, value string) {
	i := h.index(name)
	if i < 0 {
		h.Add(name, value)
		return
	}
	(*h)[i] = Field{name, value}
	h.remove(name, i+1)
}

// Add appends a field, whether or not the name occurs already.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Del removes all fields of a name and says whether there were any.
func (h *Header) Del(name string) bool {
	before := len(*h)
	h.remove(name, 0)
	return len(*h) < before
}

// Values iterates over the values of a name in their order.
func (h Header) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, f := range h {
			if sameName(f.Name, name) && !yield(f.Value) {
				return
			}
		}
	}
}

// All iterates over names, in the spelling last set, and values.
func (h Header) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, f := range h {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}

// Keys iterates over the different names, each at the position and in the
// spelling of its first field.
func (h Header) Keys() iter.Seq[string] {
	return func(yield func(string) bool) {
		for i, f := range h {
			if h.index(f.Name) == i && !yield(f.Name) {
				return
			}
		}
	}
}

// LowerItems is All with the names in lower case.
func (h Header) LowerItems() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, f := range h {
			if !yield(lowerName(f.Name), f.Value) {
				return
			}
		}
	}
}

// Clone returns an independent copy.
func (h Header) Clone() Header { return slices.Clone(h) }

// Equal says whether both have the same names, in any case and order, with the
// same values in the same order for each name. Values compare exactly.
func (h Header) Equal(other Header) bool {
	if len(h) != len(other) {
		return false
	}
	for i, f := range h {
		if h.index(f.Name) == i && !h.equalValues(other, f.Name) {
			return false
		}
	}
	return true // the lengths agree, so other has no further names
}

// equalValues compares the values of one name. Headers are short: walking both
// is faster than any index.
func (h Header) equalValues(other Header, name string) bool {
	j := 0
	for _, f := range h {
		if !sameName(f.Name, name) {
			continue
		}
		for j < len(other) && !sameName(other[j].Name, name) {
			j++
		}
		if j == len(other) || other[j].Value != f.Value {
			return false
		}
		j++
	}
	return !other[j:].Has(name)
}

// index finds the first field of a name, or gives -1.
func (h Header) index(name string) int {
	for i := range h {
		if sameName(h[i].Name, name) {
			return i
		}
	}
	return -1
}

// remove deletes the fields of a name from index i on.
func (h *Header) remove(name string, i int) {
	tail := slices.DeleteFunc((*h)[i:], func(f Field) bool { return sameName(f.Name, name) })
	*h = (*h)[:i+len(tail)]
}

// sameName compares names. Only ASCII letters fold (RFC 9110 section 5.1): for
// strings.EqualFold the Kelvin sign is a k.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if a[i] != b[i] && lowerLetter(a[i]) != lowerLetter(b[i]) {
			return false
		}
	}
	return true
}

func lowerName(name string) string {
	for i := range len(name) {
		if lowerLetter(name[i]) == name[i] {
			continue
		}
		b := []byte(name)
		for ; i < len(b); i++ {
			b[i] = lowerLetter(b[i])
		}
		return string(b)
	}
	return name
}

func lowerLetter(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
