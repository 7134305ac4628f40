package dugonghttp

import (
	"sync"

	"github.com/dugong-http/dugong"
)

// A scratch is the memory in which the fields of a request are put together. It
// is needed until the last attempt was sent.
type scratch struct {
	fields dugong.Header
	names  []string
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxScratch bounds what is kept of a request with very many fields.
const maxScratch = 64

// borrow gives x memory for its fields.
func (x *exchange) borrow() *scratch {
	x.scratch = scratches.Get().(*scratch)
	return x.scratch
}

// giveBack is called when x needs its fields no more.
func (x *exchange) giveBack() {
	s := x.scratch
	if s == nil {
		return
	}
	x.scratch, x.wire.Header = nil, nil
	if cap(s.fields) > maxScratch {
		return
	}
	clear(s.fields[:cap(s.fields)]) // hold no strings of the caller's
	clear(s.names[:cap(s.names)])
	scratches.Put(s)
}

// responses holds those whose strings have been handed out: what is left is
// their own memory.
var responses = sync.Pool{New: func() any { return new(dugong.Response) }}
