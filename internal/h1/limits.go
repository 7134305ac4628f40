package h1

// Limits bounds everything that waits for a delimiter (parsing rule 27). All
// are counts of octets, ends of line included, except Fields. A response that
// passes one is refused with TooLarge.
type Limits struct {
	StartLine       int // status line
	FieldLine       int // one field line, folds included
	Head            int // status line and header block with its empty line
	Fields          int // number of field lines in a head or trailer block
	Interim         int // heads of all 1xx responses before one final response
	ChunkLine       int // one chunk-size line with its extensions
	ChunkExtensions int // extension octets by which all chunks of a body may exceed the data received
	Trailer         int // trailer block
	// BlankNames takes a field whose name is followed by blanks, as a field
	// whose name has them at its end, unless the name is one that frames the
	// message (see scanBlankName).
	BlankNames bool
}

// DefaultLimits follow the original where it has a limit (64 KiB a line) and
// common clients otherwise: net/http reads 1 MiB of head and allows 16 KiB of
// chunk overhead; 256 fields is the least that rule 27 allows, 1000 what
// servers in use may send.
var DefaultLimits = Limits{
	StartLine:       64 << 10,
	FieldLine:       64 << 10,
	Head:            1 << 20,
	Fields:          1000,
	Interim:         256 << 10,
	ChunkLine:       4 << 10,
	ChunkExtensions: 16 << 10,
	Trailer:         64 << 10,
}

// WithDefaults fills in the default of every limit that is not positive.
func (l Limits) WithDefaults() Limits {
	d := DefaultLimits
	for _, p := range [...]struct{ have, def *int }{
		{&l.StartLine, &d.StartLine}, {&l.FieldLine, &d.FieldLine}, {&l.Head, &d.Head}, {&l.Fields, &d.Fields},
		{&l.Interim, &d.Interim}, {&l.ChunkLine, &d.ChunkLine}, {&l.ChunkExtensions, &d.ChunkExtensions}, {&l.Trailer, &d.Trailer},
	} {
		if *p.have <= 0 {
			*p.have = *p.def
		}
	}
	return l
}
