package dugong

import (
	"iter"

	"github.com/dugong-http/dugong/internal/h1"
)

// A Response is the answer to one request. It comes from ReadResponse, and is
// then good for ever; or from ReadResponseInto or Pipeline, and is then good,
// with its Header and Body, until the next response is read into it.
type Response struct {
	Method, Path string // of the request, as it was sent
	Tag          any    // of the request
	Status       int    // 100 to 999; 600 and above count as 5xx
	Minor        int    // of the version HTTP/1.x: 0 or 1
	Reason       string // may be empty
	Header       HeaderView
	// Length is the number of body octets to come: 0 for HEAD, 1xx, 204, 304,
	// the Content-Length if there is one, -1 where only the end will tell.
	Length int64
	// Close: nothing follows on this connection. If the peer announced that
	// (Connection: close, or HTTP/1.0), requests sent after this one were not
	// processed (RFC 9112 section 9.6), unless Doubtful; if only the body has to
	// last until the end, nothing is known of them. Unanswered has the verdicts.
	Close bool
	// Doubtful: a 400, 408, 413, 414 or 431 that closes and may have no body, as
	// far as its head tells (one that is chunked or lasts until close may turn
	// out empty). Some servers send it for a later request of the same batch and
	// never answer the ones before, so whether this request was processed is not
	// known. The first octet of a body settles the doubt, for Unanswered.
	Doubtful bool
	// Body is never nil. For a response without body it is at its end.
	Body *Body

	body Body
	head h1.Head // the most of it, in the order in which it is needed
}

// reset makes r ready for another response, keeping its memory.
func (r *Response) reset() {
	r.head.Reset()
	r.Method, r.Path, r.Tag = "", "", nil
	r.Status, r.Minor, r.Reason = 0, 0, ""
	r.Header = HeaderView{}
	r.Length, r.Close, r.Doubtful, r.Body = 0, false, false, nil
}

// describe fills in what the head and its framing say.
func (r *Response) describe(x *h1.Exchange, f h1.Framing) {
	r.Method, r.Path, r.Tag = x.Method, x.Path, x.Tag
	r.Status, r.Minor, r.Reason = r.head.Status, r.head.Minor, r.head.Reason()
	r.Header = HeaderView{&r.head.Fields}
	r.Length, r.Close, r.Doubtful = f.Length, f.Close, f.Doubtful
	r.Body = &r.body
}

// A HeaderView reads the fields of a response, or of its trailer, in the order
// and spelling of the wire. Names compare without regard to ASCII case. The
// zero value has no fields. It is good as long as its Response; strings that
// it has given out are good for ever. Concurrent use is safe only after the
// first call that returns a string.
type HeaderView struct{ f *h1.Fields }

// Len counts the field lines.
func (h HeaderView) Len() int {
	if h.f == nil {
		return 0
	}
	return h.f.Len()
}

// Get returns the first value of name, or "".
func (h HeaderView) Get(name string) string {
	v, _ := h.Lookup(name)
	return v
}

// Lookup returns the first value of name and whether there is one.
func (h HeaderView) Lookup(name string) (string, bool) {
	if h.f == nil {
		return "", false
	}
	i := h.f.Index(name, 0)
	if i < 0 {
		return "", false
	}
	return h.f.ValueString(i), true
}

// Bytes returns the first value of name without allocating, or nil. It is
// good as long as the Response and must not be changed.
func (h HeaderView) Bytes(name string) []byte {
	if h.f == nil {
		return nil
	}
	i := h.f.Index(name, 0)
	if i < 0 {
		return nil
	}
	return h.f.Value(i)
}

// Values gives all values of name in order. They are not split at commas.
func (h HeaderView) Values(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		if h.f == nil {
			return
		}
		for i := h.f.Index(name, 0); i >= 0; i = h.f.Index(name, i+1) {
			if !yield(h.f.ValueString(i)) {
				return
			}
		}
	}
}

// All gives every field as it came: name, value.
func (h HeaderView) All() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := range h.Len() {
			if !yield(h.f.NameString(i), h.f.ValueString(i)) {
				return
			}
		}
	}
}

// Header returns the fields as a Header of the caller's own.
func (h HeaderView) Header() Header {
	c := make(Header, 0, h.Len())
	for n, v := range h.All() {
		c = append(c, Field{n, v})
	}
	return c
}
