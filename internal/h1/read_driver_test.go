package h1

import "reflect"

// The least reader of a connection: octets in, answers out, as a connection
// does it with Head, Framing and BodyReader. All tests of whole streams use it.

// answer is one response, interim ones included.
type answer struct {
	Status, Minor   int
	Reason          string
	Fields          []string
	Kind            BodyKind
	Length          int64
	Close, Doubtful bool
	Body            string
	Whole           bool // the body is complete
	Trailer         []string
	End             int // offset of the stream behind the response
}

// verdict is all that a stream came to.
type verdict struct {
	Answers []answer
	Fault   *Fault
	Used    int // octets consumed
}

type streamReader struct {
	asked  []Asked
	lim    Limits
	size   int  // octets a read of the body asks for
	direct bool // take data past Next, as a read into the caller's memory does
	sealed bool

	verdict
	buf     []byte
	head    Head
	body    BodyReader
	next    int // request that the coming response answers
	interim int
	inBody  bool
	ended   bool // nothing more is parsed
}

func (s *streamReader) feed(p []byte) {
	old := s.buf
	s.buf = append(append(make([]byte, 0, len(old)+len(p)), old...), p...)
	for i := range old { // nobody may rely on octets that have moved
		old[i] = '#'
	}
	for !s.ended && s.step() {
	}
}

// step does what can be done with the octets at hand, and says whether more can be.
func (s *streamReader) step() bool {
	switch {
	case s.inBody:
		return s.readBody()
	case len(s.buf) == 0:
		return false
	case s.next == len(s.asked):
		return s.fail(&Fault{Kind: Invalid, Rule: 25, Text: "octets that nobody asked for"})
	}
	s.head.Sealed = s.sealed
	n, f := s.head.Parse(s.buf, &s.lim)
	if f != nil {
		return s.fail(f)
	}
	if n == 0 {
		return false
	}
	framing, f := s.head.Framing(s.asked[s.next])
	if f != nil {
		return s.fail(f)
	}
	s.take(n)
	s.enter(framing)
	s.head.Reset()
	if a := &s.Answers[len(s.Answers)-1]; a.Status < 200 && a.Kind == NoBody {
		if s.interim += n; s.interim > s.lim.Interim {
			return s.fail(&Fault{Kind: TooLarge, Rule: 27, Text: "interim responses too long"})
		}
		return true
	}
	s.interim = 0
	s.inBody = true
	s.body.Start(framing, &s.lim)
	return true
}

func (s *streamReader) enter(f Framing) {
	h := &s.head
	s.Answers = append(s.Answers, answer{Status: h.Status, Minor: h.Minor, Reason: h.Reason(), Fields: lines(&h.Fields),
		Kind: f.Kind, Length: f.Length, Close: f.Close, Doubtful: f.Doubtful, Whole: f.Kind == NoBody, End: s.Used})
}

func (s *streamReader) readBody() bool {
	a := &s.Answers[len(s.Answers)-1]
	if a.Kind == Tunnel {
		a.Body += string(s.buf)
		s.take(len(s.buf))
		a.Whole = true
		a.End = s.Used
		return false
	}
	var skip, n int
	var f *Fault
	if s.direct && s.body.Direct() > 0 {
		n = int(min(s.body.Direct(), int64(len(s.buf)), int64(s.size)))
		s.body.advance(int64(n))
	} else {
		ahead := s.body.Fork()
		skip, n, f = s.body.Next(s.buf, s.size)
		if k, m, g := ahead.Next(s.buf, s.size); k != skip || m != n || !reflect.DeepEqual(f, g) || ahead.Done() != s.body.Done() {
			panic("a fork does not do what its original does")
		}
	}
	a.Body += string(s.buf[skip : skip+n])
	s.take(skip + n)
	switch {
	case f != nil:
		return s.fail(f)
	case s.body.Done():
		s.complete()
		return true
	}
	return skip+n > 0
}

func (s *streamReader) complete() {
	a := &s.Answers[len(s.Answers)-1]
	a.Whole, a.End = true, s.Used
	if t := s.body.Trailer(); t != nil {
		a.Trailer = lines(t)
	}
	s.inBody = false
	if s.next++; a.Close {
		s.ended = true
		if s.next < len(s.asked) {
			s.Fault = &Fault{Kind: Truncated, Rule: 22, Text: "closed"}
		}
	}
}

func (s *streamReader) eof() {
	switch {
	case s.ended || s.inBody && s.Answers[len(s.Answers)-1].Kind == Tunnel:
	case s.inBody:
		if f := s.body.EOF(); f != nil {
			s.fail(f)
		} else {
			s.complete()
		}
	case len(s.buf) > 0 || s.next < len(s.asked):
		s.fail(&Fault{Kind: Truncated, Rule: 21, Text: "the stream ended"})
	}
}

func (s *streamReader) take(n int) { s.buf = s.buf[n:]; s.Used += n }

func (s *streamReader) fail(f *Fault) bool {
	s.Fault, s.ended = f, true
	if s.inBody && s.Answers[len(s.Answers)-1].Kind != Tunnel { // a fault stays
		if _, n, again := s.body.Next([]byte("5\r\nhello\r\n"), 9); n != 0 || again != f || s.body.EOF() != f || s.body.Direct() != 0 {
			panic("a fault of the body that does not repeat")
		}
	}
	return false
}

func lines(f *Fields) (l []string) {
	for i := range f.Len() {
		if f.NameString(i) != string(f.Name(i)) || f.ValueString(i) != string(f.Value(i)) {
			panic("two views of one field differ")
		}
		l = append(l, f.NameString(i)+": "+f.ValueString(i))
	}
	return l
}
