package dugonghttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/dugong-http/dugong"
)

// convert makes the http.Response of k, which has its answer.
func (k *call) convert() (*http.Response, error) {
	x, resp := k.x, &k.x.resp
	if !k.described {
		if resp.StatusCode != 0 { // of an attempt that CheckResponse refused
			resp, x.whole = new(http.Response), wholeBody{}
		}
		header, plain := k.c.names.header(k.resp.Header)
		k.describe(resp, k.resp, header, plain)
	}
	switch r := k.resp; {
	case r != nil && k.tunnel(r.Status):
		return resp, k.hijack(resp)
	case k.whole:
		k.giveWhole(resp)
	default:
		x.arm()
		r.Body.SetContext(x.ctx)
		resp.Body = &streamBody{k: k, r: r, first: k.data, got: int64(len(k.data)), eof: func() { k.fillTrailer(resp) }}
	}
	if !k.plain {
		x.ungzip(resp)
	}
	return resp, nil
}

// describe puts into resp what the head of r says; header and plain are what
// names made of its fields.
func (k *call) describe(resp *http.Response, r *dugong.Response, header http.Header, plain bool) {
	*resp = http.Response{
		Status: statusLine(r.Status, r.Reason), StatusCode: r.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: r.Minor,
		Header: header, ContentLength: r.Length, Request: k.x.req, TLS: k.c.tls,
	}
	if r.Minor == 0 {
		resp.Proto = "HTTP/1.0"
	}
	if k.plain = plain; plain && r.Minor == 1 && !k.head { // none of the following would find anything
		resp.Close = r.Length < 0 && r.Close
		return
	}
	k.framing(resp, r)
	k.trailers(resp)
	fixPragma(resp.Header)
}

// giveWhole makes the body of an answer that has come whole.
func (k *call) giveWhole(resp *http.Response) {
	x := k.x
	if len(k.data) == 0 && (k.described || k.resp.Length == 0) {
		resp.Body = http.NoBody
	} else {
		x.whole.rest = k.data
		if k.trailer.Len() > 0 {
			x.whole.eof = func() { k.fillTrailer(resp) }
		}
		resp.Body = &x.whole
	}
	k.over(nil)
	x.span.partDone()
	if k.resp != nil && k.up == nil {
		responses.Put(k.resp)
		k.resp = nil
	}
}

// statusLine gives what http.Response.Status holds. The usual ones cost no
// allocation.
func statusLine(status int, reason string) string {
	switch {
	case status == 200 && reason == "OK":
		return "200 OK"
	case status == 204 && reason == "No Content":
		return "204 No Content"
	case status == 206 && reason == "Partial Content":
		return "206 Partial Content"
	case status == 304 && reason == "Not Modified":
		return "304 Not Modified"
	case status == 404 && reason == "Not Found":
		return "404 Not Found"
	case reason == "":
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status) + " " + reason
}

// framing sets the fields that say how the body ends, as net/http does.
func (k *call) framing(resp *http.Response, r *dugong.Response) {
	h := resp.Header
	if len(h["Transfer-Encoding"]) > 0 {
		resp.TransferEncoding = []string{"chunked"} // there is no other that is taken
		delete(h, "Transfer-Encoding")
		delete(h, "Content-Length")
		if r.Length == 0 && k.head {
			resp.ContentLength = -1
		}
	} else if k.head {
		resp.ContentLength = -1
		if n, err := strconv.ParseUint(h.Get("Content-Length"), 10, 63); err == nil {
			resp.ContentLength = int64(n)
		}
	}
	says := httpguts.HeaderValuesContainsToken(h["Connection"], "close") ||
		resp.ProtoMinor == 0 && !httpguts.HeaderValuesContainsToken(h["Connection"], "keep-alive")
	resp.Close = says || r.Length < 0 && resp.TransferEncoding == nil && r.Close
}

// trailers announces the trailer fields: names without values until the end
// of the body.
func (k *call) trailers(resp *http.Response) {
	announced := resp.Header["Trailer"]
	if resp.TransferEncoding == nil || announced == nil {
		return
	}
	delete(resp.Header, "Trailer")
	for _, line := range announced {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(trim(name))
			switch name {
			case "", "Transfer-Encoding", "Trailer", "Content-Length":
				continue
			}
			if resp.Trailer == nil {
				resp.Trailer = http.Header{}
			}
			resp.Trailer[name] = nil
		}
	}
}

// fillTrailer adds what came behind the body, announced or not.
func (k *call) fillTrailer(resp *http.Response) {
	for name, value := range k.trailer.All() {
		if resp.Trailer == nil {
			resp.Trailer = http.Header{}
		}
		name = http.CanonicalHeaderKey(name)
		resp.Trailer[name] = append(resp.Trailer[name], value)
	}
}

// fixPragma is RFC 9111 section 5.4, as in net/http.
func fixPragma(h http.Header) {
	if p := h["Pragma"]; len(p) > 0 && p[0] == "no-cache" {
		if _, ok := h["Cache-Control"]; !ok {
			h["Cache-Control"] = []string{"no-cache"}
		}
	}
}

// tunnel: what follows is not HTTP any more.
func (k *call) tunnel(status int) bool {
	return status == http.StatusSwitchingProtocols || k.connect && status/100 == 2
}

// hijack makes the connection the body.
func (k *call) hijack(resp *http.Response) error {
	c, x := k.c, k.x
	conn, err := c.d.Hijack()
	c.gone(k)
	k.over(nil)
	if err != nil {
		return k.fail(dugong.MaybeProcessed, err)
	}
	stop := context.AfterFunc(x.ctx, func() { conn.Close() })
	body := &rawBody{conn, stop, x}
	resp.Body, resp.ContentLength = body, -1
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.ContentLength = 0
	}
	if x.body != nil { // CONNECT with a body
		go func() {
			io.Copy(conn, x.body)
			x.body.Close()
			if w, ok := conn.(interface{ CloseWrite() error }); ok {
				w.CloseWrite()
			}
		}()
	}
	return nil
}

// gone lets go of a connection that was handed over.
func (c *conn) gone(k *call) {
	c.mu.Lock()
	c.shift(time.Time{})
	c.mu.Unlock()
	c.kill(errHandedOver)
}

var errHandedOver = errors.New("dugonghttp: the connection was handed over after a change of protocol")
