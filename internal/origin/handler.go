package origin

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// handler serves what the Config names.
type handler struct {
	docs       *Documents
	dir        http.Handler // nil: none
	closeAfter int64
}

func newHandler(c *Config) *handler {
	h := &handler{docs: c.Documents, closeAfter: int64(c.CloseAfter)}
	if h.docs == nil {
		h.docs = &Documents{}
	}
	if c.Dir != "" {
		h.dir = http.FileServer(http.Dir(c.Dir))
	}
	return h
}

// countKey finds the number of requests of a connection in its context.
type countKey struct{}

func withCount(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, countKey{}, new(atomic.Int64))
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if n, ok := r.Context().Value(countKey{}).(*atomic.Int64); ok && n.Add(1) == h.closeAfter {
		w.Header().Set("Connection", "close")
	}
	number, isDoc := strings.CutPrefix(r.URL.Path, "/doc/")
	switch {
	case h.docs.Count > 0 && isDoc:
		h.document(w, r, number)
	case h.docs.Count > 0 && r.URL.Path == "/sums":
		h.sums(w)
	case h.dir != nil:
		h.dir.ServeHTTP(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (h *handler) document(w http.ResponseWriter, r *http.Request, number string) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= h.docs.Count || strconv.Itoa(i) != number {
		http.NotFound(w, r)
		return
	}
	f := w.Header()
	f.Set("Content-Type", "application/octet-stream")
	f.Set("Content-Length", strconv.FormatInt(h.docs.Size, 10))
	f.Set("X-Sha256", h.docs.Sum(i))
	if r.Method != http.MethodHead {
		io.Copy(w, h.docs.Reader(i))
	}
}

// sums is what sha256sum prints in the folder into which dugong get has put the
// documents: they have the last elements of their paths as names there.
func (h *handler) sums(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	b := bufio.NewWriter(w)
	defer b.Flush()
	for i := range h.docs.Count {
		fmt.Fprintf(b, "%s  %d\n", h.docs.Sum(i), i)
	}
}
