package dugonghttp

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"time"
)

// An Origin is what a Transport has learnt about a server. It can be stored
// (it has only plain fields) and given to another Transport by Learn.
type Origin struct {
	Scheme string // "http" or "https"
	Addr   string // host:port; empty for all plain requests through a proxy
	Proxy  string // URL without credentials, or empty

	Depth int // how many requests may be on one connection now: earned, or Transport.Depth if that is set
	// NotPipelined says why nothing is pipelined any more; empty if it is.
	NotPipelined string
	// RequestLimit is how many requests the server takes on one connection; 0
	// if that is not known.
	RequestLimit int
	// Gap is the smoothed time between two answers that follow each other, Head
	// that from a request with nothing ahead of it to its answer.
	Gap, Head time.Duration

	Answers   int64 // so far
	Pipelined int64 // of these, to requests sent behind others
	Conns     int   // now
	Idle      int   // of these
}

// Origins tells what was learnt so far, in the order of addresses.
func (t *Transport) Origins() []Origin {
	t.mu.Lock()
	origins := make([]*origin, 0, len(t.origins))
	for _, o := range t.origins {
		origins = append(origins, o)
	}
	t.mu.Unlock()
	list := make([]Origin, 0, len(origins))
	for _, o := range origins {
		list = append(list, o.describe())
	}
	slices.SortFunc(list, func(a, b Origin) int {
		return cmp.Or(cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Proxy, b.Proxy))
	})
	return list
}

func (o *origin) describe() Origin {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := &o.facts
	return Origin{
		Scheme: o.key.scheme, Addr: o.key.addr, Proxy: withoutUser(o.key.proxy),
		Depth: o.depth(), NotPipelined: f.never, RequestLimit: f.limit, Gap: f.gap, Head: f.head,
		Answers: f.answers, Pipelined: f.pipelined, Conns: o.conns, Idle: len(o.idle),
	}
}

// Learn takes what another Transport has learnt, for origins to which nothing
// was sent yet; it replaces what an earlier Learn said of them. Depth is bounded
// to 256, Head to 2 s; Pipelined, Conns and Idle are not looked at, Answers only to
// keep, of more than MaxOrigins, those with the most. Any goroutine may call it.
func (t *Transport) Learn(origins []Origin) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.known == nil {
		t.known = map[originKey]facts{}
	}
	for _, o := range origins {
		t.known[originKey{o.Proxy, o.Scheme, o.Addr}] = facts{
			depth: min(max(1, o.Depth), maxAutomatic), never: o.NotPipelined, limit: max(0, o.RequestLimit), gap: max(0, o.Gap),
			head: min(max(0, o.Head), longestHead), answers: o.Answers,
		}
	}
	t.trimKnown()
}

// trimKnown bounds what waits to be of use. mu is held.
func (t *Transport) trimKnown() {
	most := t.maxOrigins()
	if most < 0 || len(t.known) <= most {
		return
	}
	keys := slices.SortedFunc(maps.Keys(t.known), func(a, b originKey) int {
		return cmp.Or(cmp.Compare(t.known[b].answers, t.known[a].answers), cmp.Compare(a.addr, b.addr))
	})
	for _, key := range keys[most:] {
		delete(t.known, key)
	}
}

// factsFor gives what is known of a new origin. mu is held.
func (t *Transport) factsFor(key originKey) facts {
	key.proxy = withoutUser(key.proxy)
	f := t.known[key]
	f.answers = 0 // it gave those to somebody else
	return f
}

// unlearn drops what Learn said of an origin that is dropped: it may not be
// true any more. mu is held.
func (t *Transport) unlearn(key originKey) {
	key.proxy = withoutUser(key.proxy)
	delete(t.known, key)
}

func withoutUser(proxy string) string {
	u, err := url.Parse(proxy)
	if proxy == "" || err != nil {
		return ""
	}
	u.User = nil
	return u.String()
}
