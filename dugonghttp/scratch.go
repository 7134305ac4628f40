package dugonghttp

import (
	"sync"

	"github.com/dugong-http/dugong"
)

// A scratch is the memory in which a request is put together, for all its
// attempts: of one that was sent, package dugong keeps no more than what its
// Unanswered tells. It is needed until the request was sent, and used by no
// other goroutine.
type scratch struct {
	wire   dugong.Request
	fields dugong.Header
	names  []string
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxScratch bounds what is kept of a request with very many fields.
const maxScratch = 64

// borrow gives x memory for its request.
func (x *exchange) borrow() *scratch {
	x.scratch = scratches.Get().(*scratch)
	return x.scratch
}

// giveBack is called when x needs it no more.
func (x *exchange) giveBack() {
	s := x.scratch
	if s == nil {
		return
	}
	x.scratch, s.wire = nil, dugong.Request{}
	if cap(s.fields) > maxScratch {
		return
	}
	clear(s.fields) // hold no strings of the caller's
	clear(s.names)
	scratches.Put(s)
}

// responses holds those whose strings have been handed out: what is left is
// their own memory.
var responses = sync.Pool{New: func() any { return new(dugong.Response) }}
