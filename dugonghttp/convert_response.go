package dugonghttp

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/dugong-http/dugong"
)

// convert makes the http.Response of k, which has its answer.
func (k *call) convert() (*http.Response, error) {
	r, x := k.resp, k.x
	resp := &http.Response{
		Status: strconv.Itoa(r.Status), StatusCode: r.Status,
		Proto: "HTTP/1." + strconv.Itoa(r.Minor), ProtoMajor: 1, ProtoMinor: r.Minor,
		Header: headerOf(r.Header), ContentLength: r.Length, Request: x.req, TLS: k.c.tls,
	}
	if r.Reason != "" {
		resp.Status += " " + r.Reason
	}
	k.framing(resp)
	k.trailers(resp)
	fixPragma(resp.Header)
	if k.tunnel(r.Status) {
		return resp, k.hijack(resp)
	}
	eof := func() { k.fillTrailer(resp) }
	switch {
	case k.whole && r.Length == 0:
		resp.Body = http.NoBody
		k.over(nil)
		x.partDone()
	case k.whole:
		b := &wholeBody{eof: eof}
		b.r.Reset(k.data)
		resp.Body = b
		k.over(nil)
		x.partDone()
	default:
		r.Body.SetContext(x.ctx)
		resp.Body = &streamBody{k: k, r: r, first: k.data, got: int64(len(k.data)), eof: eof}
	}
	x.ungzip(resp)
	return resp, nil
}

// headerOf makes a http.Header with one slice for all single values.
func headerOf(v dugong.HeaderView) http.Header {
	h := make(http.Header, v.Len())
	values := make([]string, v.Len())
	i := 0
	for name, value := range v.All() {
		name = http.CanonicalHeaderKey(name)
		if old := h[name]; old != nil {
			h[name] = append(old, value)
			continue
		}
		values[i] = value
		h[name] = values[i : i+1 : i+1]
		i++
	}
	return h
}

// framing sets the fields that say how the body ends, as net/http does.
func (k *call) framing(resp *http.Response) {
	h := resp.Header
	if len(h["Transfer-Encoding"]) > 0 {
		resp.TransferEncoding = []string{"chunked"} // there is no other that is taken
		delete(h, "Transfer-Encoding")
		delete(h, "Content-Length")
		if k.resp.Length == 0 && k.wire.Method == "HEAD" {
			resp.ContentLength = -1
		}
	} else if k.wire.Method == "HEAD" {
		resp.ContentLength = -1
		if n, err := strconv.ParseUint(h.Get("Content-Length"), 10, 63); err == nil {
			resp.ContentLength = int64(n)
		}
	}
	says := httpguts.HeaderValuesContainsToken(h["Connection"], "close") ||
		resp.ProtoMinor == 0 && !httpguts.HeaderValuesContainsToken(h["Connection"], "keep-alive")
	resp.Close = says || k.resp.Length < 0 && resp.TransferEncoding == nil && k.resp.Close
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
	return status == http.StatusSwitchingProtocols || k.wire.Method == "CONNECT" && status/100 == 2
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
	c.shift()
	c.mu.Unlock()
	c.kill(errHandedOver)
}

var errHandedOver = errors.New("dugonghttp: the connection was handed over after a change of protocol")
