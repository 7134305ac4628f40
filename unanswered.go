package dugong

// A Verdict says what is certain about a request that was not answered.
type Verdict uint8

const (
	// MaybeProcessed: some of the request may have reached the peer, which may
	// have acted on it. Repeat it only if that does no harm (RFC 9110 section
	// 9.2.2).
	MaybeProcessed Verdict = iota
	// NotProcessed: the peer cannot have acted on the request: no octet of it
	// was handed to the operating system, or the peer had announced that it
	// would read no further (RFC 9112 section 9.6). Repeating it is safe.
	NotProcessed
)

// String gives "not processed" or "maybe processed".
func (v Verdict) String() string {
	if v == NotProcessed {
		return "not processed"
	}
	return "maybe processed"
}

// An Exchange is a request whose response was not completely received.
type Exchange struct {
	Tag          any
	Method, Path string
	// Written counts the octets of the request, head included, that were
	// handed to the operating system. Under TLS it is rounded up to the
	// records that were.
	Written int64
	Status  int // of its final response, if the head has come; else 0
	Verdict Verdict
}

// Unanswered lists every accepted request whose response has not been
// received completely, in the order of sending, and what Pipeline had pulled
// and could not send any more. After a loss, Reset or Close it stays as it was
// then, until the next connection is made. It may be called at any time and
// from any goroutine; the slice is the caller's. Path has its query, unlike
// Error.Path: mind that in logs.
func (c *Conn) Unanswered() []Exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.link != nil:
		return c.link.unanswered()
	case c.left != nil:
		return c.left.unanswered()
	}
	return nil
}

func (l *link) unanswered() []Exchange {
	if l.dead != nil {
		return append([]Exchange(nil), l.frozen...)
	}
	complete, status := l.lookAhead()
	list := l.list(complete)
	if len(list) > 0 && status >= 200 {
		list[0].Status = status
	}
	return list
}

// list describes the exchanges from index skip on.
func (l *link) list(skip int) []Exchange {
	handed := l.handed()
	var list []Exchange
	for i := skip; i < l.queue.Len(); i++ {
		x := l.queue.At(i)
		end := l.accepted
		if i+1 < l.queue.Len() {
			end = l.queue.At(i + 1).Start
		}
		e := Exchange{
			Tag: x.Tag, Method: x.Method, Path: x.Path, Status: int(x.Status),
			Written: max(0, min(handed, end)-x.Start),
		}
		if e.Written == 0 || l.announced && x.Start > l.closer && !l.doubtful {
			e.Verdict = NotProcessed
		}
		list = append(list, e)
	}
	return append(list, l.pulled...)
}

// tally counts the verdicts for an error text.
func tally(list []Exchange) (not, maybe int) {
	for _, e := range list {
		if e.Verdict == NotProcessed {
			not++
		} else {
			maybe++
		}
	}
	return not, maybe
}
