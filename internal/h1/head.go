package h1

// Head is the head of a response: status line and header block, in an owned copy.
//
// It is a resumable parser and its own result. Parse it with what has
// arrived, again with more if that was not enough; then read it; then Reset
// it for the next. Used again and again it allocates nothing.
type Head struct {
	Status int // 100 to 999
	Minor  int // 0 or 1: HTTP/1.0, or HTTP/1.1 and later

	// Sealed is set by the caller before Parse: the memory of this head is never
	// used for another one, so strings may share it. Otherwise the text is
	// copied into one string when the first string is asked for.
	Sealed bool

	done              bool
	reason, reasonEnd uint32

	Fields
}

// Parse reads a head from buf, which starts at its first octet and holds
// everything that has arrived.
//
// n > 0: the head is complete and took n octets of buf; h has a copy. 0, nil:
// more is needed; call again with the same octets followed by more (buf may
// have moved). Lines that were complete are not parsed again. After a fault the
// head is of no use until Reset.
func (h *Head) Parse(buf []byte, lim *Limits) (n int, f *Fault) {
	if h.done {
		h.Reset()
	}
	if h.pos == 0 {
		end, f := h.parseStatusLine(buf, lim)
		if end == 0 {
			return 0, f
		}
		h.pos = end
	}
	n, f = h.parse(buf, lim, lim.Head, "header")
	if n == 0 {
		return 0, f
	}
	h.own(buf[:n], h.Sealed)
	h.done = true
	return n, nil
}

// Reset makes h ready for another head. Memory is kept, unless strings share it.
func (h *Head) Reset() {
	h.reset()
	h.Status, h.Minor, h.reason, h.reasonEnd, h.done = 0, 0, 0, 0, false
}

// Reason gives the reason phrase, which may be empty. The usual phrases cost
// no allocation.
func (h *Head) Reason() string {
	if usual := ReasonPhrase(h.Status); usual != "" && string(h.text[h.reason:h.reasonEnd]) == usual {
		return usual
	}
	return h.all()[h.reason:h.reasonEnd]
}
