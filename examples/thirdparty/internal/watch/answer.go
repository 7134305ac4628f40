package watch

import (
	"net/http"
	"strconv"
)

// An answer notes when its last octet is about to leave: a client may send the
// next request before the handler has returned, and has not pipelined then.
type answer struct {
	http.ResponseWriter
	c    *conn
	left int64 // of the body; -1 before the header, or if the length is not known
	head bool
	done bool
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if status >= 200 {
		a.begin()
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) begin() {
	if a.head {
		return
	}
	a.head = true
	if n, err := strconv.ParseInt(a.Header().Get("Content-Length"), 10, 64); err == nil {
		a.left = n
	}
}

func (a *answer) Write(p []byte) (int, error) {
	a.begin()
	if a.left >= 0 {
		if a.left -= int64(len(p)); a.left <= 0 {
			a.finish()
		}
	}
	return a.ResponseWriter.Write(p)
}

// finish counts the answer, once.
func (a *answer) finish() {
	if a.done {
		return
	}
	a.done = true
	a.c.s.mu.Lock()
	defer a.c.s.mu.Unlock()
	a.c.answered++
	a.c.s.open--
	a.c.s.changed.Broadcast()
}
