package nio

// Vectored reports whether several pieces of memory can be tried in one system
// call: on a plain socket of Linux.
func (t *Transport) Vectored() bool {
	_, ok := t.s.(vectored)
	return ok && len(t.layers) == 0
}

// TryReadv is TryRead into p, and into q what does not fit p; where that takes
// two system calls q stays empty.
func (t *Transport) TryReadv(p, q []byte) (n int, err error) {
	if len(q) == 0 || !t.Vectored() {
		return t.TryRead(p)
	}
	n, err = t.s.(vectored).TryReadv(p, q)
	if n > 0 {
		t.touch()
		t.traced(false, n, p, q)
	}
	return n, err
}

// TryWritev hands over what is taken in one attempt, of four pieces at most. It
// needs Vectored.
func (t *Transport) TryWritev(p [][]byte) (n int, err error) {
	n, err = t.s.(vectored).TryWritev(p)
	if n > 0 {
		t.sent += int64(n)
		t.touch()
		t.traced(true, n, p...)
	}
	return n, err
}

// traced shows the first n octets of what p holds together.
func (t *Transport) traced(sent bool, n int, p ...[]byte) {
	if t.Trace == nil {
		return
	}
	for _, q := range p {
		if m := min(n, len(q)); m > 0 {
			t.Trace(sent, q[:m])
			n -= m
		}
	}
}
