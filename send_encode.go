package dugong

import (
	"crypto/md5"
	"encoding/base64"
	"strings"
	"sync"

	"github.com/dugong-http/dugong/internal/dial"
	"github.com/dugong-http/dugong/internal/h1"
)

// encode appends the head of the request to dst. With a fault nothing of it is
// in out.
func (c *Conn) encode(dst []byte, r *Request) (out []byte, facts h1.Facts, f *h1.Fault) {
	e := encoders.Get().(*h1.Encoder)
	out, f = dst, e.Begin(dst, c.plan(e.Plan(), r))
	for i := 0; f == nil && i < len(r.Header); i++ {
		f = e.Field(r.Header[i].Name, r.Header[i].Value)
	}
	if f == nil {
		out, facts, f = e.End()
	}
	encoders.Put(e)
	return out, facts, f
}

// plan fills in an empty Plan.
func (c *Conn) plan(p *h1.Plan, r *Request) *h1.Plan {
	p.Method, p.Target, p.Host, p.Length = r.method(), r.target(), c.addr.field, r.Body.length
	if r.Host != "" {
		p.Host = r.Host
	} else if authority, ok := authorityOf(p.Target); ok {
		p.Host = authority
	}
	if r.Body.kind == bodyNone {
		p.Length = lengthOfNone(p.Method)
	} else if r.Body.kind == bodyChunked {
		p.Length = h1.ChunkedLength
	}
	p.Expect = r.ExpectContinue && r.Body.length != 0
	p.Bare = c.bare
	if r.ContentMD5 {
		p.MD5 = contentMD5(r.Body.bytes)
	}
	if c.viaPlainProxy() {
		c.throughProxy(p)
	}
	return p
}

// contentMD5 is not inlined: its room would be part of the stack of each request.
//
//go:noinline
func contentMD5(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// encoders are borrowed for one head: an idle connection has none.
var encoders = sync.Pool{New: func() any { return new(h1.Encoder) }}

// authorityOf gives the authority of an absolute-form target, with which Host
// has to agree (RFC 9112 section 3.2.2).
func authorityOf(target string) (string, bool) {
	if target[0] == '/' {
		return "", false
	}
	_, rest, ok := strings.Cut(target, "://")
	if !ok {
		return "", false
	}
	if i := strings.IndexAny(rest, "/?"); i >= 0 {
		rest = rest[:i]
	}
	return rest, rest != ""
}

// lengthOfNone: a method that usually has a body says that it has none
// (RFC 9110 section 8.6).
func lengthOfNone(method string) int64 {
	switch method {
	case "POST", "PUT", "PATCH":
		return 0
	}
	return h1.NoLength
}

// viaPlainProxy: requests go in absolute-form to an HTTP proxy (RFC 9112
// section 3.2.2), and with its credentials.
func (c *Conn) viaPlainProxy() bool {
	p := c.cfg.Proxy
	return p != nil && c.cfg.TLS == nil && !c.addr.unix && (p.Scheme == "http" || p.Scheme == "https")
}

func (c *Conn) throughProxy(p *h1.Plan) {
	switch {
	case p.Method == "CONNECT":
	case p.Target == "*": // the proxy turns an empty path back (section 3.2.4)
		p.Target = "http://" + c.addr.field
	case p.Target[0] == '/':
		p.Target = "http://" + c.addr.field + p.Target
	}
	if c.cfg.Proxy.User != nil {
		p.ProxyAuth = dial.BasicAuth(c.cfg.Proxy.User)
	}
}
