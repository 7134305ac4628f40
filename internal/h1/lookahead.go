package h1

// A Look is what LookAhead has to know beside the octets.
type Look struct {
	Body       *BodyReader // state of the response that is being read; nil between responses
	Last       bool        // nothing follows that response on the connection
	Handed     int64       // octets of requests that may have left: what was not asked for is no answer (parsing rule 25)
	UntilClose bool        // see Asked
}

// LookAhead reads on in what has arrived without taking it: how many exchanges
// from the front of the queue are answered completely, and the status of the
// next one if its final head is there (0 if not). src is what follows the
// octets that were taken. It is for questions, not for answers: trailers are
// not kept.
func (q *Queue) LookAhead(src []byte, lim *Limits, l Look) (complete, status int) {
	var head Head
	body, last := l.Body, l.Last
	for i := 0; i < q.n; i++ {
		x := q.At(i)
		if body == nil {
			if x.Start >= l.Handed {
				return i, 0
			}
			var f Framing
			if f, src = nextFinal(&head, x.Asked(l.UntilClose), src, lim); head.Status < 200 {
				return i, 0
			}
			last = f.Close
			var b BodyReader
			if f.Kind == Tunnel || f.Kind == Unframed {
				return i, head.Status
			}
			b.Start(f, lim)
			body = &b
		}
		fork := body.Fork()
		if src = skipBody(&fork, src); !fork.Done() {
			return i, max(int(x.Status), head.Status)
		}
		if body = nil; last { // behind a closing response nothing is an answer
			return i + 1, 0
		}
	}
	return q.n, 0
}

// nextFinal skips interim responses. Without a final head that makes sense the
// status stays below 200.
func nextFinal(h *Head, a Asked, src []byte, lim *Limits) (Framing, []byte) {
	for {
		h.Reset()
		n, fault := h.Parse(src, lim)
		if n == 0 || fault != nil {
			h.Reset()
			return Framing{}, src
		}
		src = src[n:]
		f, fault := h.Framing(a)
		if fault != nil {
			h.Reset()
			return Framing{}, src
		}
		if h.Status >= 200 || f.Kind == Tunnel {
			return f, src
		}
	}
}

func skipBody(b *BodyReader, src []byte) []byte {
	for !b.Done() {
		skip, n, fault := b.Next(src, len(src))
		if fault != nil || skip+n == 0 {
			break
		}
		src = src[skip+n:]
	}
	return src
}
