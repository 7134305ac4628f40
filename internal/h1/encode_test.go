package h1_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// encode runs a whole encoder, a fresh one and some that have made other
// requests before, which must not show.
func encode(t testing.TB, p h1.Plan, fields ...string) (string, h1.Facts, *h1.Fault) {
	t.Helper()
	head, facts, fault := encodeBy(t, new(h1.Encoder), p, fields...)
	for _, host := range []string{p.Host, "earlier.example"} {
		var used h1.Encoder
		for range 2 {
			used.Begin(nil, &h1.Plan{Method: "GET", Target: "/", Host: host, Length: h1.NoLength})
			used.End()
		}
		again, factsAgain, faultAgain := encodeBy(t, &used, p, fields...)
		if again != head || !reflect.DeepEqual(faultAgain, fault) || fault == nil && !sameFacts(facts, factsAgain) {
			t.Fatalf("behind a request to %q: %q, %+v, %v\nby a fresh encoder: %q, %+v, %v", host, again, factsAgain, faultAgain, head, facts, fault)
		}
	}
	return head, facts, fault
}

func sameFacts(a, b h1.Facts) bool {
	return a.Close == b.Close && a.Upgrade == b.Upgrade && a.Connect == b.Connect && slices.Equal(a.Secrets, b.Secrets)
}

// encodeBy runs a whole encoder. With a fault it also proves that the encoder
// gives dst back as it was, and repeats the fault.
func encodeBy(t testing.TB, e *h1.Encoder, p h1.Plan, fields ...string) (string, h1.Facts, *h1.Fault) {
	t.Helper()
	const before = "octets of an earlier request"
	first := e.Begin([]byte(before), &p)
	for i := 0; i+1 < len(fields); i += 2 {
		f := e.Field(fields[i], fields[i+1])
		if first != nil && f != first {
			t.Fatalf("Field after a fault gave %v, want the same fault %v", f, first)
		}
		first = f
	}
	b, facts, f := e.End()
	if first != nil && f != first {
		t.Fatalf("End after a fault gave %v, want the same fault %v", f, first)
	}
	head, ok := strings.CutPrefix(string(b), before)
	if !ok {
		t.Fatalf("octets before the head changed: %q", b)
	}
	if f != nil && head != "" {
		t.Fatalf("a refused head left octets behind: %q", head)
	}
	return head, facts, f
}

// get is the plan of a plain GET.
func get() h1.Plan {
	return h1.Plan{Method: "GET", Target: "/", Host: "h.example", Length: h1.NoLength}
}

func with(change func(p *h1.Plan)) h1.Plan {
	p := get()
	change(&p)
	return p
}

func put(length int64) h1.Plan {
	return with(func(p *h1.Plan) { p.Method, p.Length = "PUT", length })
}

func lines(s ...string) string { return strings.Join(s, "\r\n") + "\r\n\r\n" }

func TestEncodeWire(t *testing.T) {
	all := put(5)
	all.Expect, all.MD5, all.ProxyAuth = true, "XUFAKrxLKna5cZ2REBfFkg==", "Basic cDpx"
	const identity, alive = "Accept-Encoding: identity", "Connection: keep-alive"
	for _, c := range []struct {
		name   string
		plan   h1.Plan
		fields []string
		want   string
	}{
		{"plain", get(), nil, lines("GET / HTTP/1.1", "Host: h.example", identity, alive)},
		{"order of generated fields", all, []string{"X-b", "1", "x-A", "2", "X-b", "3"},
			lines("PUT / HTTP/1.1", "X-b: 1", "x-A: 2", "X-b: 3", "Expect: 100-continue", "Content-Length: 5", "Content-MD5: XUFAKrxLKna5cZ2REBfFkg==",
				"Host: h.example", identity, "Proxy-Authorization: Basic cDpx", alive)},
		{"chunked", put(h1.ChunkedLength), nil, lines("PUT / HTTP/1.1", "Transfer-Encoding: chunked", "Host: h.example", identity, alive)},
		{"empty body", put(0), nil, lines("PUT / HTTP/1.1", "Content-Length: 0", "Host: h.example", identity, alive)},
		{"empty body with Expect", with(func(p *h1.Plan) { p.Length, p.Expect = 0, true }), nil,
			lines("GET / HTTP/1.1", "Expect: 100-continue", "Content-Length: 0", "Host: h.example", identity, alive)},
		{"longest length", put(1<<63 - 1), nil, lines("PUT / HTTP/1.1", "Content-Length: 9223372036854775807", "Host: h.example", identity, alive)},
		{"Host keeps place and spelling, value is ours", get(), []string{"a", "1", "hOST", "other.example", "b", "2"},
			lines("GET / HTTP/1.1", "a: 1", "hOST: h.example", "b: 2", identity, alive)},
		{"Content-Length keeps place and spelling, value is ours", put(7), []string{"CONTENT-LENGTH", "99", "b", "2"},
			lines("PUT / HTTP/1.1", "CONTENT-LENGTH: 7", "b: 2", "Host: h.example", identity, alive)},
		{"caller's value wins", all, []string{"accept-encoding", "gzip", "content-md5", "mine", "connection", "Keep-Alive, te", "proxy-authorization", "Bearer x"},
			lines("PUT / HTTP/1.1", "accept-encoding: gzip", "content-md5: mine", "connection: Keep-Alive, te", "proxy-authorization: Bearer x",
				"Expect: 100-continue", "Content-Length: 5", "Host: h.example")},
		{"empty value, obs-text, HTAB inside", get(), []string{"a", "", "b", "na\xefve \xc3\xa9", "c", "x\ty"},
			lines("GET / HTTP/1.1", "a: ", "b: na\xefve \xc3\xa9", "c: x\ty", "Host: h.example", identity, alive)},
		{"names that almost are special", get(), []string{"hos", "1", "hosts", "1", "content-lengt", "1", "expec", "1", "transfer_encoding", "1", "upgrades", "1", "cookies", "1"},
			lines("GET / HTTP/1.1", "hos: 1", "hosts: 1", "content-lengt: 1", "expec: 1", "transfer_encoding: 1", "upgrades: 1", "cookies: 1", "Host: h.example", identity, alive)},
		{"absolute form", with(func(p *h1.Plan) { p.Target = "http://h.example/a?b" }), nil,
			lines("GET http://h.example/a?b HTTP/1.1", "Host: h.example", identity, alive)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _, f := encode(t, c.plan, c.fields...)
			if f != nil || got != c.want {
				t.Errorf("got %q, %v\nwant %q", got, f, c.want)
			}
		})
	}
}

func TestEncodeFacts(t *testing.T) {
	connect := with(func(p *h1.Plan) { p.Method, p.Target = "CONNECT", "h.example:443" })
	for _, c := range []struct {
		name                    string
		plan                    h1.Plan
		fields                  []string
		close, upgrade, connect bool
	}{
		{"plain", get(), nil, false, false, false},
		{"close", get(), []string{"Connection", "close"}, true, false, false},
		{"close in a list, any case", get(), []string{"connection", "keep-alive ,\tCLOSE"}, true, false, false},
		{"close in a second field", get(), []string{"Connection", "te", "Connection", "close"}, true, false, false},
		{"not close", get(), []string{"Connection", "closed, not-close", "X", "close"}, false, false, false},
		{"upgrade", get(), []string{"Connection", "Upgrade", "Upgrade", "websocket"}, false, true, false},
		{"upgrade before connection", get(), []string{"upgrade", "h2c, HTTP/2.0", "connection", "te, upgrade"}, false, true, false},
		{"option without the field", get(), []string{"Connection", "upgrade"}, false, false, false},
		{"connect", connect, nil, false, false, true},
		{"connect and close", connect, []string{"Connection", "close"}, true, false, true},
		{"connect in lower case is another method", with(func(p *h1.Plan) { p.Method = "connect" }), nil, false, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got, f := encode(t, c.plan, c.fields...)
			if f != nil || got.Close != c.close || got.Upgrade != c.upgrade || got.Connect != c.connect {
				t.Errorf("got %+v, %v", got, f)
			}
		})
	}
}

func TestEncodeSecrets(t *testing.T) {
	p := get()
	p.ProxyAuth = "Basic proxysecret"
	var e h1.Encoder
	for _, fields := range [][]string{
		{"Authorization", "Bearer secret", "x", "y", "COOKIE", "a=secret"},
		{"cookie", "", "proxy-authorization", "secret1", "cookie", "secret2"},
	} {
		dst := []byte("earlier")
		e.Begin(dst, &p)
		var want []string
		for i := 0; i < len(fields); i += 2 {
			e.Field(fields[i], fields[i+1])
			if fields[i] != "x" {
				want = append(want, fields[i+1])
			}
		}
		if !slices.Contains(fields, "proxy-authorization") {
			want = append(want, p.ProxyAuth)
		}
		b, facts, f := e.End()
		var got []string
		for _, s := range facts.Secrets {
			got = append(got, string(b[len(dst):][s[0]:s[1]]))
		}
		if f != nil || !slices.Equal(got, want) {
			t.Errorf("secrets %q, %v; want %q", got, f, want)
		}
	}
}

func TestEncodeOutOfTurn(t *testing.T) {
	var e h1.Encoder
	p := get()
	if f := e.Field("a", "b"); f == nil || f.Kind != h1.State {
		t.Errorf("Field before Begin gave %v, want a State fault", f)
	}
	if _, _, f := e.End(); f == nil || f.Kind != h1.State {
		t.Errorf("End before Begin gave %v, want a State fault", f)
	}
	e.Begin(nil, &p)
	e.End()
	if _, _, f := e.End(); f == nil || f.Kind != h1.State {
		t.Errorf("a second End gave %v, want a State fault", f)
	}
	e.Begin(nil, &p)
	e.Field("", "")
	if f := e.Begin(nil, &p); f != nil {
		t.Errorf("Begin after a fault gave %v, want a fresh start", f)
	}
	if b, _, f := e.End(); f != nil || !strings.HasPrefix(string(b), "GET / ") {
		t.Errorf("after a fault and Begin: %q, %v", b, f)
	}
}

func TestEncodeTooLarge(t *testing.T) {
	plain, _, _ := encode(t, get())
	room := h1.MaxRequestHead - len(plain)
	target := func(n int) h1.Plan {
		return with(func(p *h1.Plan) { p.Target = "/" + strings.Repeat("a", n) })
	}
	if head, _, f := encode(t, target(room)); f != nil || len(head) != h1.MaxRequestHead {
		t.Errorf("head of exactly the limit: %d octets, %v", len(head), f)
	}
	if head, _, f := encode(t, get(), "a", strings.Repeat("b", room-len("a: \r\n"))); f != nil || len(head) != h1.MaxRequestHead {
		t.Errorf("fields of exactly the limit: %d octets, %v", len(head), f)
	}
	for name, err := range map[string]func() *h1.Fault{
		"10 MB target":      func() *h1.Fault { _, _, f := encode(t, target(10_000_000)); return f },
		"one too many":      func() *h1.Fault { _, _, f := encode(t, target(room+1)); return f },
		"field too long":    func() *h1.Fault { _, _, f := encode(t, get(), "a", strings.Repeat("b", 1<<20)); return f },
		"many fields":       func() *h1.Fault { _, _, f := encode(t, get(), slices.Repeat([]string{"a", "b"}, 1<<18)...); return f },
		"one field too far": func() *h1.Fault { _, _, f := encode(t, get(), "a", strings.Repeat("b", room-4)); return f },
	} {
		f := err()
		if f == nil || f.Kind != h1.Refused || !strings.Contains(f.Error(), "1048576 octets") || !strings.Contains(f.Error(), "as the body") || len(f.Error()) > 200 {
			t.Errorf("%s: got %v, want a short text with limit and remedy", name, f)
		}
	}
}
