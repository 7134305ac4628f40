package nio

// Vectored reports whether several pieces of memory can be written in one system
// call: on a plain socket of Linux.
func (t *Transport) Vectored() bool {
	_, ok := t.s.(vectored)
	return ok && len(t.layers) == 0
}

// TryWritev hands over what is taken in one attempt, of four pieces at most. It
// needs Vectored.
func (t *Transport) TryWritev(p [][]byte) (n int, err error) {
	n, err = t.s.(vectored).TryWritev(p)
	if n > 0 {
		t.sent += int64(n)
		t.touch()
		t.traced(n, p)
	}
	return n, err
}

// traced shows the first n octets of what p holds together, which were sent.
func (t *Transport) traced(n int, p [][]byte) {
	if t.Trace == nil {
		return
	}
	for _, q := range p {
		if m := min(n, len(q)); m > 0 {
			t.Trace(true, q[:m])
			n -= m
		}
	}
}
