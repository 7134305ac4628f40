package dugonghttp

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/dugong-http/dugong"
)

const userAgent = "Go-http-client/1.1" // of net/http, which servers know

// notCopied says whether a field is made of other things than Request.Header.
func notCopied(name string) bool {
	switch name {
	case "Host", "User-Agent", "Content-Length", "Transfer-Encoding", "Trailer", "Expect":
		return true
	}
	return false
}

// prepare finds out what is to be done with the http.Request.
func (x *exchange) prepare() (err error) {
	if x.route, err = x.t.routeOf(x.req); err != nil {
		return err
	}
	if err := x.measure(); err != nil {
		return err
	}
	if err := x.compose(); err != nil {
		return err
	}
	x.judge()
	return nil
}

// compose makes what goes over the wire out of the http.Request, which it does
// not change.
func (x *exchange) compose() (err error) {
	req := x.req
	w := &x.borrow().wire
	if w.Method = req.Method; w.Method == "" {
		w.Method = "GET"
	}
	if w.Host, err = x.route.hostField(req); err != nil {
		return err
	}
	w.Path = x.target(w.Host)
	w.Interim = true
	x.expect = x.body != nil && httpguts.HeaderValuesContainsToken(req.Header["Expect"], "100-continue")
	x.closes = req.Close || x.t.DisableKeepAlives || httpguts.HeaderValuesContainsToken(req.Header["Connection"], "close")
	return x.header()
}

// header makes the fields in the order of net/http: Host, User-Agent, what we
// add, and the caller's, sorted.
func (x *exchange) header() error {
	req, s := x.req, x.scratch
	w, h := &s.wire, s.fields[:0]
	h.Add("Host", w.Host)
	agent := userAgent
	if v, ok := req.Header["User-Agent"]; ok {
		if agent = ""; len(v) > 0 {
			agent = trim(v[0])
		}
	}
	if agent != "" {
		h.Add("User-Agent", agent)
	}
	switch {
	case x.body != nil && x.length < 0 && w.Method != "CONNECT":
		h.Add("Transfer-Encoding", "chunked") // its place
	case x.body != nil && w.Method != "CONNECT", w.Method == "POST", w.Method == "PUT", w.Method == "PATCH":
		h.Add("Content-Length", "") // its place
	}
	if trailer, err := x.trailerField(); err != nil {
		return err
	} else if trailer != "" {
		h.Add("Trailer", trailer)
	}
	s.names = s.names[:0]
	for name := range req.Header {
		if !notCopied(name) {
			s.names = append(s.names, name)
		}
	}
	slices.Sort(s.names)
	for _, name := range s.names {
		for _, v := range req.Header[name] {
			h.Add(name, trim(v))
		}
	}
	x.askGzip(&h)
	if x.closes && !httpguts.HeaderValuesContainsToken(req.Header["Connection"], "close") {
		h.Add("Connection", "close")
	}
	if u := x.route.proxy; x.route.absolute() && u.User != nil && !h.Has("Proxy-Authorization") {
		h.Add("Proxy-Authorization", basicAuth(u.User))
	}
	s.fields, w.Header = h, h
	return nil
}

func trim(s string) string {
	if s == "" || s[0] > ' ' && s[len(s)-1] > ' ' {
		return s
	}
	return strings.Trim(s, " \t\r\n")
}

// trailerField announces the trailer, which goes with a chunked body only.
func (x *exchange) trailerField() (string, error) {
	if x.body == nil || x.length >= 0 || len(x.req.Trailer) == 0 {
		return "", nil
	}
	names := make([]string, 0, len(x.req.Trailer))
	for name := range x.req.Trailer {
		name = http.CanonicalHeaderKey(name)
		switch name {
		case "Transfer-Encoding", "Trailer", "Content-Length":
			return "", fmt.Errorf("invalid Trailer key %q", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ","), nil
}

// target gives the request target (RFC 9112 section 3.2).
func (x *exchange) target(host string) string {
	u := x.req.URL
	path := u.RequestURI()
	switch {
	case x.scratch.wire.Method == "CONNECT" && u.Path == "":
		if path = host; u.Opaque != "" {
			path = u.Opaque
		}
	case x.route.absolute() && u.Opaque == "":
		path = u.Scheme + "://" + host + path
	}
	return escape(path)
}

// escape encodes the octets that no target may hold and that a RawQuery lets
// through.
func escape(path string) string {
	bad := func(c byte) bool { return c <= ' ' || c >= 0x7f || c == '#' }
	n := 0
	for i := range len(path) {
		if bad(path[i]) {
			n++
		}
	}
	if n == 0 {
		return path
	}
	var b strings.Builder
	b.Grow(len(path) + 2*n)
	for i := range len(path) {
		if bad(path[i]) {
			fmt.Fprintf(&b, "%%%02X", path[i])
		} else {
			b.WriteByte(path[i])
		}
	}
	return b.String()
}

// judge says whether other requests may be on the same connection at the same
// time, and whose.
func (x *exchange) judge() {
	w := &x.scratch.wire
	switch w.Method {
	case "GET", "HEAD", "OPTIONS", "QUERY":
		x.pipes = x.body == nil && !x.closes && !w.Header.Has("Upgrade") && !w.Header.Has("Connection")
	}
	x.cred = credentials(w.Header)
}

// credentials are the values that say on whose behalf a request is sent.
func credentials(h dugong.Header) (all string) {
	for _, f := range h {
		switch len(f.Name) {
		case len("Cookie"), len("Authorization"), len("Proxy-Authorization"):
			switch http.CanonicalHeaderKey(f.Name) {
			case "Authorization", "Cookie", "Proxy-Authorization":
				all += f.Name + ":" + f.Value + "\n"
			}
		}
	}
	return all
}
