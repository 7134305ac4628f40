package dugonghttp_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func zipped(parts ...string) string {
	var b bytes.Buffer
	for _, p := range parts {
		z := gzip.NewWriter(&b)
		io.WriteString(z, p)
		z.Close()
	}
	return b.String()
}

// What comes packed, or says so, is treated as by net/http: what is asked for,
// what is taken off, and which fields are left.
func TestGzipIsThatOfNetHTTP(t *testing.T) {
	long := strings.Repeat("plain text ", 20_000)
	coding := func(name, body string) string {
		return fmt.Sprintf("200 OK\r\nContent-Encoding: %s\r\nContent-Length: %d\r\n\r\n%s", name, len(body), body)
	}
	chunked := func(body string) string {
		return fmt.Sprintf("200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n%x\r\n%s\r\n0\r\nX-Sum: 42\r\n\r\n", len(body), body)
	}
	for _, c := range []struct{ what, method, header, answer string }{
		{"short", "GET", "", coding("gzip", zipped("short"))},
		{"in capitals", "GET", "", coding("GZIP", zipped("short"))},
		{"x-gzip", "GET", "", coding("x-gzip", zipped("short"))},
		{"two codings", "GET", "", coding("gzip, gzip", zipped(zipped("short")))},
		{"deflate", "GET", "", coding("deflate", "what it may be")},
		{"several members", "GET", "", coding("gzip", zipped("one", "two", "", "three"))},
		{"long", "GET", "", coding("gzip", zipped(long))},
		{"chunked, with a trailer", "GET", "", chunked(zipped(long))},
		{"nothing in it", "GET", "", coding("gzip", zipped(""))},
		{"nothing at all", "GET", "", coding("gzip", "")},
		{"not packed", "GET", "", coding("gzip", "plain")},
		{"cut off", "GET", "", coding("gzip", zipped(long)[:40])},
		{"cut off in the sum", "GET", "", coding("gzip", zipped("short")[:20])},
		{"something after it", "GET", "", coding("gzip", zipped("short")+"more")},
		{"a POST", "POST", "", coding("gzip", zipped("short"))},
		{"a HEAD", "HEAD", "", "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99\r\n\r\n"},
		{"no content", "GET", "", "204 No Content\r\nContent-Encoding: gzip\r\n\r\n"},
		{"not modified", "GET", "", "304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n"},
		{"a range", "GET", "Range: bytes=0-", coding("gzip", zipped("short"))},
		{"asked for", "GET", "Accept-Encoding: gzip", coding("gzip", zipped("short"))},
		{"not wanted", "GET", "Accept-Encoding: identity", coding("gzip", zipped("short"))},
		{"an error", "GET", "", strings.Replace(coding("gzip", zipped("short")), "200 OK", "404 Not Found", 1)},
	} {
		for _, off := range []bool{false, true} {
			script := func(p *wiretest.Peer) {
				r := p.ReadRequest()
				answer := c.answer
				if asked := r.Get("Accept-Encoding"); r.Has("Accept-Encoding") { // and shown in the answer
					answer = strings.Replace(answer, "\r\n", "\r\nX-Asked: <"+asked+">\r\n", 1)
				}
				p.TrySend("HTTP/1.1 " + answer)
				p.Drain()
			}
			srv := wiretest.Serve(t, wiretest.Plain, script, script)
			observe := func(rt http.RoundTripper) string {
				var body io.Reader
				if c.method == "POST" {
					body = strings.NewReader("x")
				}
				req := request(t, c.method, "http://"+srv.Addr, body)
				if name, value, ok := strings.Cut(c.header, ":"); ok {
					req.Header[name] = []string{strings.TrimSpace(value)}
				}
				resp, err := rt.RoundTrip(req)
				if err != nil {
					return err.Error()
				}
				defer resp.Body.Close()
				b, err := io.ReadAll(resp.Body)
				return fmt.Sprintf("%d, length %d, Uncompressed %v, %v, body of %d octets %.20q, %v, trailer %v",
					resp.StatusCode, resp.ContentLength, resp.Uncompressed, resp.Header, len(b), b, err, resp.Trailer)
			}
			std, ours := &http.Transport{DisableCompression: off}, &dugonghttp.Transport{DisableCompression: off}
			want := observe(std)
			std.CloseIdleConnections()
			got := observe(ours)
			ours.CloseIdleConnections()
			if got != want {
				t.Errorf("%s, DisableCompression %v:\n%s\nwith net/http:\n%s", c.what, off, got, want)
			}
		}
	}
}

// An empty Accept-Encoding says that no coding is wanted (RFC 9110 section
// 12.5.3), and a field counts however it is spelt. Here net/http asks for gzip
// all the same.
func TestNoGzipWhereTheCallerHasSpoken(t *testing.T) {
	for _, name := range []string{"Accept-Encoding", "accept-encoding", "Range", "range"} {
		srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			if r := p.ReadRequest(); !r.Has(name) || strings.Contains(r.Raw, "gzip") {
				p.Fatalf("got %q", r.Raw)
			}
			p.Send(ok("plain"))
			p.ExpectClosed()
		})
		c := client(t, &dugonghttp.Transport{})
		req := get(t, "http://"+srv.Addr)
		req.Header[name] = []string{""}
		if _, body, err := fetch(c, req); body != "plain" || err != nil {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
		c.CloseIdleConnections()
	}
}
