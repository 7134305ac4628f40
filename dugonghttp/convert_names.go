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
}

// maxNames bounds the lists that are remembered.
const maxNames = 64

// header makes a http.Header with one slice for all single values.
func (n *names) header(v dugong.HeaderView) http.Header {
	if n != nil {
		if list := n.last.Load(); list.fits(v) {
			return list.header(v)
		}
	}
	h := headerOf(v)
	if n != nil && v.Len() <= maxNames {
		n.last.Store(listOf(v, h))
	}
	return h
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
	l := &nameList{distinct: len(h) == v.Len()}
	for name := range v.All() {
		name = string([]byte(name))
		l.wire = append(l.wire, name)
		l.canonical = append(l.canonical, http.CanonicalHeaderKey(name))
	}
	return l
}

// fits says whether v has just these names, none of them twice.
func (l *nameList) fits(v dugong.HeaderView) bool {
	if l == nil || !l.distinct || v.Len() != len(l.wire) {
		return false
	}
	i := 0
	for name := range v.All() {
		if name != l.wire[i] {
			return false
		}
		i++
	}
	return true
}

func (l *nameList) header(v dugong.HeaderView) http.Header {
	h := make(http.Header, len(l.wire))
	values := make([]string, len(l.wire))
	i := 0
	for _, value := range v.All() {
		values[i] = value
		h[l.canonical[i]] = values[i : i+1 : i+1]
		i++
	}
	return h
}
