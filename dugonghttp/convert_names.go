package dugonghttp

import (
	"net/http"
	"sync/atomic"

	"github.com/dugong-http/dugong"
)

// A server sends the same field names again and again, in the same order. To
// bring a name into the form that http.Header has, and to look whether it was
// there before, costs more than to see that the list is that of last time.
type names struct{ last atomic.Pointer[nameList] }

type nameList struct {
	wire, canonical []string
	distinct        bool // no name is there twice
	plain           bool // none of them is one that convert looks for
}

// special says whether convert makes something of a field.
func special(canonical string) bool {
	switch canonical {
	case "Transfer-Encoding", "Connection", "Trailer", "Pragma", "Content-Encoding":
		return true
	}
	return false
}

// maxNames bounds the lists that are remembered.
const maxNames = 64

// header makes a http.Header with one slice for all single values. It is plain
// if it is known to have no special field.
func (n *names) header(v dugong.HeaderView) (h http.Header, plain bool) {
	if n == nil {
		return headerOf(v), false
	}
	list := n.last.Load()
	if h = list.header(v); h != nil {
		return h, list.plain
	}
	h = headerOf(v)
	if v.Len() <= maxNames {
		n.last.Store(listOf(v, h))
	}
	return h, false
}

// headerOf does it for a list that comes once.
func headerOf(v dugong.HeaderView) http.Header {
	h := make(http.Header, v.Len())
	values := make([]string, v.Len())
	i := 0
	for name, value := range v.All() {
		name = http.CanonicalHeaderKey(name)
		if old := h[name]; old != nil {
			h[name] = append(old, value)
			continue
		}
		values[i] = value
		h[name] = values[i : i+1 : i+1]
		i++
	}
	return h
}

// listOf remembers the names of v, of which h was made, in memory of its own.
func listOf(v dugong.HeaderView, h http.Header) *nameList {
	l := &nameList{distinct: len(h) == v.Len(), plain: true}
	for name := range v.All() {
		name = string([]byte(name))
		canonical := http.CanonicalHeaderKey(name)
		l.wire, l.canonical = append(l.wire, name), append(l.canonical, canonical)
		l.plain = l.plain && !special(canonical)
	}
	return l
}

// header is headerOf for v if it has just these names, none of them twice; else
// nil.
func (l *nameList) header(v dugong.HeaderView) http.Header {
	if l == nil || !l.distinct || v.Len() != len(l.wire) {
		return nil
	}
	h := make(http.Header, len(l.wire))
	values := make([]string, len(l.wire))
	i := 0
	for name, value := range v.All() {
		if name != l.wire[i] {
			return nil
		}
		values[i] = value
		h[l.canonical[i]] = values[i : i+1 : i+1]
		i++
	}
	return h
}
