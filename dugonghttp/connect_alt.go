package dugonghttp

import (
	"net/http"
	"reflect"
)

// Who takes connections over by ALPN (TLSNextProto) has them for good, and what
// is known here is only whether he is asked any more:
//
//   - He takes the place of an origin's connections. Where several were made at
//     a time, the first one has it.
//   - CloseIdleConnections, and forgetting the origin, end that: the next
//     request dials anew. He is told by his own CloseIdleConnections, if he has
//     one, since nobody else could reach his connections afterwards.
//   - TLSNextProto may give the same one for all connections, as that of
//     golang.org/x/net/http2 does. What he is told of one origin then costs all
//     others their idle connections, so he is told only after some.

// A handed is one to whom connections were handed over.
type handed struct {
	http.RoundTripper

	// Guarded by Transport.mu.
	shared    bool // he has got more than one
	forgotten int  // origins of his, since he was told
}

// hand gives the record of alt. The last one of each protocol is remembered, to
// know him when he comes again.
func (t *Transport) hand(proto string, alt http.RoundTripper) *handed {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.handed[proto]; h != nil && same(h.RoundTripper, alt) {
		h.shared = true
		return h
	}
	if t.handed == nil {
		t.handed = map[string]*handed{}
	}
	h := &handed{RoundTripper: alt}
	t.handed[proto] = h
	return h
}

// same compares what need not be comparable.
func same(a, b http.RoundTripper) bool {
	return reflect.ValueOf(a).Comparable() && reflect.ValueOf(b).Comparable() && a == b
}

// take makes h the one to ask, and gives the one who is.
func (o *origin) take(h *handed) http.RoundTripper {
	o.mu.Lock()
	if o.alt == nil {
		o.alt = h
	}
	alt := o.alt
	o.mu.Unlock()
	if alt != h {
		h.closeIdle()
	}
	return alt
}

// letGo asks him no more.
func (o *origin) letGo() *handed {
	o.mu.Lock()
	defer o.mu.Unlock()
	h, _ := o.alt.(*handed)
	o.alt = nil
	return h
}

// closeIdle is called with no mu held.
func (h *handed) closeIdle() {
	if c, ok := h.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// forgot is called with who had a connection to an origin that was forgotten,
// and with no mu held.
func (t *Transport) forgot(h *handed) {
	if h == nil {
		return
	}
	t.mu.Lock()
	h.forgotten++
	tell := !h.shared || h.forgotten*weeding >= t.maxOrigins()
	if tell {
		h.forgotten = 0
	}
	t.mu.Unlock()
	if tell {
		h.closeIdle()
	}
}

// closeHanded asks none of them any more and tells them so, once each.
func (t *Transport) closeHanded(origins []*origin) {
	all := map[*handed]bool{}
	for _, o := range origins {
		if h := o.letGo(); h != nil {
			all[h] = true
		}
	}
	t.mu.Lock()
	for _, h := range t.handed { // he may have been let go while he was busy
		all[h] = true
	}
	t.mu.Unlock()
	for h := range all {
		h.closeIdle()
	}
}
