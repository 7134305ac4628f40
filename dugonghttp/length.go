package dugonghttp

import (
	"bytes"
	"io"
	"slices"
	"time"
)

// measure says how long the body will be: x.length, or no body at all.
func (x *exchange) measure() error {
	if x.body == nil {
		return nil
	}
	x.length = x.req.ContentLength
	chunked := slices.Contains(x.req.TransferEncoding, "chunked")
	switch {
	case chunked:
		x.length = -1
	case x.length == 0: // a body with no length told
		x.length = -1
		if usuallyLacksBody(x.req.Method) && x.req.Method != "CONNECT" {
			x.probe()
		}
	case x.length < 0:
		x.length = -1
	}
	return nil
}

func usuallyLacksBody(method string) bool {
	switch method {
	case "", "GET", "HEAD", "DELETE", "OPTIONS", "PROPFIND", "SEARCH":
		return true
	}
	return false
}

// probeTime is how long a body of unknown length is given to show that it is
// empty, with a method that usually has none: many servers dislike a chunked
// GET. The 200 ms are those of net/http.
const probeTime = 200 * time.Millisecond

// probe looks whether there is anything in the body.
func (x *exchange) probe() {
	type first struct {
		b   [1]byte
		n   int
		err error
	}
	got := make(chan *first, 1)
	body := x.body
	x.spent = true
	go func() {
		f := new(first)
		f.n, f.err = io.ReadFull(body, f.b[:])
		got <- f
	}()
	t := time.NewTimer(probeTime)
	defer t.Stop()
	select {
	case f := <-got:
		switch {
		case f.n == 0 && f.err == io.EOF:
			x.body.Close()
			x.body, x.length, x.spent = nil, 0, false
		case f.n == 1:
			x.body = &requestBody{r: io.MultiReader(bytes.NewReader(f.b[:]), body), c: body}
		default:
			x.body = &requestBody{r: failing{f.err}, c: body}
		}
	case <-t.C:
		first := &late{got: func() ([]byte, error) {
			f := <-got
			return f.b[:f.n], f.err
		}}
		x.body = &requestBody{r: io.MultiReader(first, body), c: body}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// late reads what a probe that took too long finds in the end.
type late struct {
	got  func() ([]byte, error)
	done bool
}

func (l *late) Read(p []byte) (int, error) {
	if l.done {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	l.done = true
	b, err := l.got()
	return copy(p, b), err
}
