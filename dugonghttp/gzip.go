package dugonghttp

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/dugong-http/dugong"
)

// askGzip asks for gzip where the caller has said nothing about codings and
// nothing speaks against it: a Range would be one of the compressed octets,
// and HEAD has no body.
func (x *exchange) askGzip(h *dugong.Header) {
	if x.t.DisableCompression || x.scratch.wire.Method == "HEAD" || h.Has("Accept-Encoding") || h.Has("Range") {
		return
	}
	x.gzip = true
	h.Add("Accept-Encoding", "gzip")
}

// ungzip takes off the coding that we have asked for ourselves.
func (x *exchange) ungzip(resp *http.Response) {
	if !x.gzip || resp.Body == http.NoBody || !strings.EqualFold(resp.Header.Get("Content-Encoding"), "gzip") {
		return
	}
	resp.Body = &gzipBody{body: resp.Body}
	delete(resp.Header, "Content-Encoding")
	delete(resp.Header, "Content-Length")
	resp.ContentLength, resp.Uncompressed = -1, true
}

// A gzipBody looks at its body only when it is read, since the head of the
// coding may be long in coming.
type gzipBody struct {
	body io.ReadCloser

	mu     sync.Mutex
	z      *gzip.Reader
	err    error // what comes from now on
	closed bool
}

func (b *gzipBody) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.isClosed():
		return 0, errReadOnClosed
	case b.err != nil:
		return 0, b.err
	case b.z == nil:
		if b.z, b.err = gzip.NewReader(b.body); b.err != nil {
			return 0, b.err
		}
	}
	return b.z.Read(p)
}

// isClosed asks the body, whose Close may come while a Read waits.
func (b *gzipBody) isClosed() bool { return b.closed }

func (b *gzipBody) Close() error {
	err := b.body.Close() // ends a Read that waits
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return err
}
