package h1_test

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// checkRefusal checks that a fault is a refusal that names rule and remedy
// and says everything in says, but nothing in hides.
func checkRefusal(t *testing.T, f *h1.Fault, says, hides []string) {
	t.Helper()
	if f == nil || f.Kind != h1.Refused {
		t.Fatalf("got %v, want a Refused fault", f)
	}
	text := f.Error()
	for _, s := range append(says, "(RFC 9", "; ") {
		if !strings.Contains(text, s) {
			t.Errorf("%q does not say %q", text, s)
		}
	}
	for _, s := range hides {
		if strings.Contains(text, s) {
			t.Errorf("%q gives away %q", text, s)
		}
	}
}

func TestEncodeRefusesPlan(t *testing.T) {
	method := func(s string) h1.Plan { return with(func(p *h1.Plan) { p.Method = s }) }
	target := func(s string) h1.Plan { return with(func(p *h1.Plan) { p.Target = s }) }
	host := func(s string) h1.Plan { return with(func(p *h1.Plan) { p.Host = s }) }
	connect := func(s string) h1.Plan { return with(func(p *h1.Plan) { p.Method, p.Target = "CONNECT", s }) }
	for _, c := range []struct {
		plan        h1.Plan
		says, hides string // separated by |
	}{
		{method(""), "empty method|GET", ""},
		{method("GET /x HTTP/1.1\r\nAuthorization: secret"), "SP at offset 3|token|GET ", "secret"},
		{method("GÉT"), "octet 0xc3 at offset 1", ""},
		{method("GET:"), "':' at offset 3", ""},
		{target(""), "empty request target|use /", ""},
		{target("/a b?q=secret"), "SP at offset 2|percent-encode|/a b\"?...", "secret"},
		{target("/a?q=secret\r"), "CR at offset 11|percent-encode", "secret"},
		{target("/caf\xc3\xa9"), "octet 0xc3 at offset 4|percent-encode|/caf", ""},
		{target("/12345678\x7f"), "octet 0x7f at offset 9", ""},
		{target("/\x00"), "NUL at offset 1", ""},
		{target("\x7f/"), "octet 0x7f at offset 0|percent-encode", ""},
		{target("#"), "fragment|%23", ""},
		{target("@secret "), "SP at offset 7|***", "secret"},
		{target("http://@h/"), "user information", ""},
		{target("/a#b"), "fragment|%23", ""},
		{target("*"), "OPTIONS", ""},
		{target("a"), "known form|start it with /", ""},
		{target("h.example:80"), "known form", ""},
		{target("ftp://u:secret@h/"), "known form|***", "secret"},
		{target("http://"), "names no valid host", ""},
		{target("http:///a"), "names no valid host", ""},
		{target("http://h^/a"), "names no valid host", ""},
		{target("http://u:secret@h/"), "user information|Authorization|http://***", "secret"},
		{target("http://u:pass/word@h/ "), "SP at offset|http://***", "pass|word"},
		{target("http://u:pass?word@h/ "), "http://***", "pass|word"},
		{target("//u:secret@h/ "), "***", "secret"},
		{connect(""), "empty request target", ""},
		{connect("/"), "host:port", ""},
		{connect("h"), "host:port", ""},
		{connect("h:"), "host:port", ""},
		{connect("h:0"), "host:port", ""},
		{connect("h:65536"), "host:port", ""},
		{connect("h:80:80"), "host:port", ""},
		{connect("h:+80"), "host:port", ""},
		{connect("::1:80"), "host:port|brackets", ""},
		{connect("http://h:80"), "host:port", ""},
		{connect("u:secret@h:80"), "host:port|***", "secret"},
		{host(""), "empty host", ""},
		{host("u:secret@h"), "'@' at offset 8|***@h", "secret"},
		{host("@h"), "'@' at offset 0|***@h", ""},
		{host("h/x"), "'/' at offset 1", ""},
		{host("h?x"), "'?' at offset 1", ""},
		{host("h#x"), "'#' at offset 1", ""},
		{host("h\\x"), "in the host", ""},
		{host("h x"), "SP at offset 1|host:port", ""},
		{host(" h"), "SP at offset 0", ""},
		{host("h\r\nX: y"), "CR at offset 1", ""},
		{host("\xe2\x84\xaa"), "octet 0xe2", ""},
		{host(":80"), "malformed", ""},
		{host("h:80x"), "malformed", ""},
		{host("h:99999999999999999999"), "malformed", ""},
		{host("::1"), "malformed|brackets", ""},
		{host("[::1"), "malformed", ""},
		{host("[]"), "malformed", ""},
		{host("[1]"), "malformed", ""},
		{host("[[::1]]"), "malformed", ""},
		{host("[::1]x"), "malformed", ""},
		{host("[::1]80"), "malformed", ""},
		{host("h[::1]"), "malformed", ""},
		{host("h]:80"), "malformed", ""},
		{host("]:80"), "malformed", ""},
		{host("[::1]:65536"), "malformed", ""},
		{host("[::1]:x"), "malformed", ""},
		{put(-3), "negative|BodyChunked|-3", ""},
		{with(func(p *h1.Plan) { p.Expect = true }), "100-continue without a body", ""},
		{with(func(p *h1.Plan) { p.Method, p.Target, p.Length = "CONNECT", "h:1", 1 }), "CONNECT has no body", ""},
		{with(func(p *h1.Plan) { p.Method, p.Length = "TRACE", h1.ChunkedLength }), "TRACE has no body", ""},
		{with(func(p *h1.Plan) { p.MD5 = "a\nb" }), "LF at offset 1|Content-MD5", ""},
		{with(func(p *h1.Plan) { p.ProxyAuth = "secret\r\n" }), "CR at offset 6|Proxy-Authorization", "secret"},
		{with(func(p *h1.Plan) { p.ProxyAuth = "secret " }), "trim|Proxy-Authorization", "secret"},
	} {
		t.Run(c.plan.Method+" "+c.plan.Target+" "+c.plan.Host, func(t *testing.T) {
			_, _, f := encode(t, c.plan)
			checkRefusal(t, f, split(c.says), split(c.hides))
		})
	}
}

func TestEncodeRefusesField(t *testing.T) {
	for _, c := range []struct {
		plan        h1.Plan
		fields      []string
		says, hides string
	}{
		{get(), []string{"", "a"}, "empty field name", ""},
		{get(), []string{"a b", "c"}, "SP at offset 1", ""},
		{get(), []string{"Authorization: secret", ""}, "':' at offset 13", "secret"},
		{get(), []string{"Content-Length ", "1"}, "SP at offset 14", ""},
		{get(), []string{"Host\r", "1"}, "CR at offset 4", ""},
		{get(), []string{"Content\rLength", "1"}, "CR at offset 7", ""}, // | 0x20 makes a hyphen of CR
		{get(), []string{"Hoſt", "1"}, "octet 0xc5 at offset 2", ""},
		{get(), []string{"\u212aeep-Alive", "1"}, "octet 0xe2 at offset 0", ""},
		{get(), []string{"a", "b\r\nc"}, "CR at offset 1|value of a|encode it", ""},
		{get(), []string{"a", "0123456789\tabcd\x1f"}, "octet 0x1f at offset 15", ""},
		{get(), []string{"a", "0123456789\x7f"}, "octet 0x7f at offset 10", ""},
		{get(), []string{"a", "\x00"}, "NUL at offset 0", ""},
		{get(), []string{"a", " b"}, "trim", ""},
		{get(), []string{"a", "b\t"}, "trim", ""},
		{get(), []string{"a", " "}, "trim", ""},
		{get(), []string{"AUTHORIZATION", "secret\n"}, "LF at offset 6|AUTHORIZATION", "secret"},
		{get(), []string{"Proxy-authorization", " secret"}, "trim", "secret"},
		{get(), []string{"cookie", "a=secret\x00"}, "NUL at offset 8", "secret"},
		{get(), []string{strings.Repeat("n", 1000), "\n"}, "LF at offset 0", strings.Repeat("n", 60)},
		{get(), []string{"host", "a", "HOST", "b"}, "second Host", ""},
		{get(), []string{"host", "a\rb"}, "CR at offset 1", ""},
		{get(), []string{"content-length", "1"}, "without a body", ""},
		{put(h1.ChunkedLength), []string{"content-length", "1"}, "chunked|BodyFollowing", ""},
		{put(1), []string{"content-length", "1", "Content-Length", "1"}, "second Content-Length", ""},
		{put(1), []string{"content-length", "1\n"}, "LF at offset 1", ""},
		{get(), []string{"Transfer-Encoding", "chunked"}, "BodyChunked", ""},
		{put(h1.ChunkedLength), []string{"TRANSFER-encoding", "identity"}, "BodyChunked", ""},
		{put(1), []string{"expect", "100-continue"}, "ExpectContinue", ""},
		{put(1), []string{"Expect", "200-ok"}, "Expect", ""},
		{get(), []string{"Connection", ""}, "token", ""},
		{get(), []string{"Connection", "close,"}, "token", ""},
		{get(), []string{"Connection", ",close"}, "token", ""},
		{get(), []string{"Connection", "close close"}, "token", ""},
		{get(), []string{"Connection", "close;q=1"}, "token", ""},
		{get(), []string{"Connection", ";close"}, "token", ""},
		{get(), []string{"Upgrade", "websocket"}, "Connection: upgrade", ""},
		{get(), []string{"Upgrade", "websocket", "Connection", "close"}, "Connection: upgrade", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", ""}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "a,"}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "/2"}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "h2/"}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "h2/3/4"}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "h2//"}, "at least one", ""},
		{get(), []string{"Connection", "upgrade", "Upgrade", "a b"}, "at least one", ""},
	} {
		t.Run(strings.Join(c.fields, " "), func(t *testing.T) {
			_, _, f := encode(t, c.plan, c.fields...)
			checkRefusal(t, f, split(c.says), split(c.hides))
		})
	}
}

func TestEncodeAccepts(t *testing.T) {
	for _, host := range []string{"h", "h:1", "h:65535", "h:9", "h:1989", "h:", "[::1]:", "[::1]", "[::1]:8080", "[fe80::1%25eth0]:1", "192.0.2.1:80", "a_b.c~d", "a%20b"} {
		if f := h1.ValidHost(host); f != nil {
			t.Errorf("ValidHost(%q) = %v", host, f)
		}
	}
	for _, c := range [][2]string{{"GET", "/"}, {"GET", "//a"}, {"GET", "/a?b=/?@!|\"<>"}, {"GET", "HTTPS://h:1?q"}, {"GET", "http://[::1]:80/"},
		{"OPTIONS", "*"}, {"OPTIONS", "/"}, {"CONNECT", "h:443"}, {"CONNECT", "[::1]:443"}, {"M-SEARCH", "/"}} {
		if f := h1.ValidTarget(c[0], c[1]); f != nil {
			t.Errorf("ValidTarget(%q, %q) = %v", c[0], c[1], f)
		}
		if f := h1.ValidMethod(c[0]); f != nil {
			t.Errorf("ValidMethod(%q) = %v", c[0], f)
		}
	}
	for _, method := range []string{"CONNECT", "TRACE"} { // a length of 0 is no body
		p := with(func(p *h1.Plan) { p.Method, p.Target, p.Length = method, "h:443", 0 })
		if method == "TRACE" {
			p.Target = "/"
		}
		if _, _, f := encode(t, p); f != nil {
			t.Errorf("%s with a body of no octets: %v", method, f)
		}
	}
	if f := h1.ValidField("Content-Length", "any text"); f != nil {
		t.Errorf("ValidField checks more than name and value: %v", f)
	}
}

// split is strings.Split, but of nothing gives nothing.
func split(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "|")
}
