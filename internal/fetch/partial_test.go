package fetch

import (
	"errors"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A 206 that nobody asked for is a wrong answer, and never a document. The
// connection is as good as before.
func TestPartNotAskedFor(t *testing.T) {
	const part = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/100\r\nContent-Length: 5\r\n\r\nhello"
	for _, asked := range []bool{false, true} {
		srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			expect(p, "/0", "/1")
			p.Send(part)
			answer(p, "/1")
			p.ExpectEOF()
		})
		o := options(wiretest.Plain)
		if asked {
			o.Header.Add("Range", "bytes=0-4")
		}
		h := fetchAll(t, wiretest.Plain, o, srv.Addr, "/0", "/1")
		r, sink := h.of(0)
		if asked && (r.Err != nil || sink.buf.String() != "hello" || sink.commits != 1) {
			t.Errorf("asked for: %+v, %q", r, sink.buf.String())
		}
		if !asked && (!errors.Is(r.Err, dugong.ErrInvalidResponse) || r.Temporary() || r.Status != 206 || r.SHA256 != "" || sink.begun != 0) {
			t.Errorf("not asked for: %+v, %+v", r, sink)
		}
		if r, sink := h.of(1); r.Err != nil || sink.buf.String() != bodyOf("/1") {
			t.Errorf("the next one: %+v", r)
		}
	}
}

// A redirect's Location is told as a URL, without user information.
func TestLocation(t *testing.T) {
	for field, want := range map[string]string{
		"../other?x=1":              "/other?x=1", // below the origin
		"//h/":                      "http://h/",
		"https://u:SECRET@h/a#b":    "https://h/a#b",
		"http://u:SECRET@h:x/ \xff": "http://...@h:x/ \xff",
	} {
		srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			expect(p, "/dir/0", "/dir/1", "/dir/2")
			p.Send("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + field + "\r\n\r\n")
			p.Send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nLocation: " + field + "\r\n\r\n")
			p.Send("HTTP/1.1 304 Not Modified\r\n\r\n")
			p.ExpectEOF()
		})
		if want[0] == '/' {
			want = "http://" + srv.Addr + want
		}
		h := fetchAll(t, wiretest.Plain, options(wiretest.Plain), srv.Addr, "/dir/0", "/dir/1", "/dir/2")
		for i, want := range []string{want, "", ""} {
			if r, _ := h.of(i); r.Err != nil || r.Location != want {
				t.Errorf("%q, answer %d: %q, want %q; %v", field, i, r.Location, want, r.Err)
			}
		}
	}
}
