package fetch

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"time"

	"github.com/dugong-http/dugong"
)

// bufferSize is large enough that the cost of a read does not count.
const bufferSize = 64 << 10

// receive passes the body on to the sink. Errors of the connection and of the
// sink come apart, since the one is repeated and the other is not. After an
// error of the sink the body may be open.
func (w *worker) receive(t *task) (sum string, bodyErr, sinkErr error) {
	t.firstByte, t.status, t.bytes, t.location = time.Now(), w.resp.Status, 0, ""
	if field := w.resp.Header.Get("Location"); field != "" && w.resp.Status/100 == 3 {
		t.location = t.target.location(field)
	}
	if sinkErr = w.partial(); sinkErr != nil {
		return "", nil, sinkErr
	}
	var out io.Writer
	if t.job.Sink != nil {
		out, sinkErr = t.job.Sink.Begin(Head{w.resp.Status, w.resp.Length, w.resp.Header})
		if sinkErr != nil {
			return "", nil, sinkErr
		}
	}
	sum, bodyErr, sinkErr = w.copyBody(t, out)
	switch {
	case out == nil:
	case bodyErr != nil || sinkErr != nil:
		t.job.Sink.Abort()
	default:
		if sinkErr = t.job.Sink.Commit(); sinkErr != nil {
			sum = ""
		}
	}
	return sum, bodyErr, sinkErr
}

// partial says that this is a part of the document that nobody asked for: a 206
// answers requests with Range only (RFC 9110 section 15.3.7).
func (w *worker) partial() error {
	if w.resp.Status != http.StatusPartialContent || w.o.site.header.Has("Range") {
		return nil
	}
	return &dugong.Error{Kind: dugong.ErrInvalidResponse, Op: "fetch", Fault: dugong.FaultPeer, Status: w.resp.Status,
		Detail: "a part of the document, and no Range was asked for (RFC 9110 section 15.3.7)"}
}

func (w *worker) copyBody(t *task, out io.Writer) (sum string, bodyErr, sinkErr error) {
	if w.buf == nil {
		w.buf = make([]byte, bufferSize)
	}
	h := sha256.New()
	for {
		n, err := w.resp.Body.Read(w.buf)
		if n > 0 {
			w.received(t, n)
			h.Write(w.buf[:n])
			if out != nil {
				if _, werr := out.Write(w.buf[:n]); werr != nil {
					return "", nil, werr
				}
			}
		}
		if err == io.EOF {
			return hex.EncodeToString(h.Sum(nil)), nil, nil
		}
		if err != nil {
			return "", err, nil
		}
	}
}

func (w *worker) received(t *task, n int) {
	t.bytes += int64(n)
	w.e.count(func(s *Stats) { s.Bytes += int64(n) })
	if w.e.opt.Progress != nil {
		w.e.opt.Progress(n)
	}
}
