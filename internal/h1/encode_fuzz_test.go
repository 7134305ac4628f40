package h1_test

import (
	"bufio"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

// FuzzRequest: whatever goes in, a strict request parser, and net/http as a
// second opinion, read back exactly one request with exactly what was asked
// for, or a fault came; and a fault came exactly if the grammar, written down
// here a second time as regular expressions, forbids the request: (c), (e).
func FuzzRequest(f *testing.F) {
	add := func(p h1.Plan, n1, v1, n2, v2, n3, v3 string) {
		f.Add(p.Method, p.Target, p.Host, p.Length, p.Expect, p.MD5, p.ProxyAuth, n1, v1, n2, v2, n3, v3)
	}
	all := h1.Plan{Method: "PUT", Target: "/a?b", Host: "[::1]:8080", Length: 5, Expect: true, MD5: "XUFAKrxLKna5cZ2REBfFkg==", ProxyAuth: "Basic cDpx"}
	add(get(), "Accept", "*/*", "Cookie", "a=b", "X-Empty", "")
	add(all, "host", "x", "CONTENT-LENGTH", "1", "Accept-Encoding", "gzip")
	add(put(h1.ChunkedLength), "Connection", "upgrade, te", "Upgrade", "h2c, HTTP/2.0", "Content-MD5", "x")
	add(put(0), "Connection", "close", "Connection", "keep-alive", "Proxy-Authorization", "x")
	add(h1.Plan{Method: "CONNECT", Target: "h:443", Host: "h:443", Length: h1.NoLength}, "Upgrade", "x", "a", "\xff", "a", "\t")
	add(h1.Plan{Method: "OPTIONS", Target: "*", Host: "h", Length: h1.NoLength}, "Expect", "100-continue", "Transfer-Encoding", "chunked", "", "")
	add(h1.Plan{Method: "GET", Target: "https://h:1/%zz", Host: "h:1", Length: -3}, "Host", "a", "Host", "b", "Pragma", "no-cache")
	for _, s := range slices.Concat(injections, narrow) {
		add(h1.Plan{Method: "GET" + s, Target: "/" + s, Host: "h" + s, Length: h1.NoLength, MD5: s, ProxyAuth: s}, "a"+s, "b", "c", "d"+s, "e", s+"f")
		add(get(), "a", "b"+s+"c", "c", "d", "e", "f")
		add(with(func(p *h1.Plan) { p.Target += s }), "a", "b", "c", "d", "e", "f")
	}
	f.Fuzz(func(t *testing.T, method, target, host string, length int64, expect bool, md5, auth, n1, v1, n2, v2, n3, v3 string) {
		p := h1.Plan{Method: method, Target: target, Host: host, Length: length, Expect: expect, MD5: md5, ProxyAuth: auth}
		fields := []pair{{n1, v1}, {n2, v2}, {n3, v3}}
		head, facts, fault := encode(t, p, n1, v1, n2, v2, n3, v3)
		if want := allowed(p, fields); want != (fault == nil) {
			t.Fatalf("fault %v, but the grammar allows it: %v", fault, want)
		}
		if fault != nil {
			if fault.Kind != h1.Refused {
				t.Fatalf("fault of kind %d: %v", fault.Kind, fault)
			}
			return
		}
		got, rest, err := readStrictly(head)
		if err != nil || rest != "" || got.method != method || got.target != target || !slices.Equal(got.fields, expected(p, fields)) {
			t.Fatalf("read back %q, rest %q, %v\nfrom %q\nwant fields %q", got, rest, err, head, expected(p, fields))
		}
		checkFacts(t, facts, p, got.fields, head)
		secondOpinion(t, head, p, got.fields)
	})
}

// The grammar as regular expressions over octets (strings made of Latin-1).
var (
	tokenRE     = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
	valueRE     = regexp.MustCompile(`^([!-~\x{80}-\x{ff}]([\t -~\x{80}-\x{ff}]*[!-~\x{80}-\x{ff}])?)?$`)
	hostText    = `(\[[^\[\]:]*:[^\[\]]*\]|[^\[\]:]+)(:(|0*[1-9][0-9]*))?`
	hostRE      = regexp.MustCompile(`^` + hostText + `$`)
	hostOctets  = regexp.MustCompile(`^[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]+$`)
	absoluteRE  = regexp.MustCompile(`^(?i:https?)://([^/?]+)([/?].*)?$`)
	visibleRE   = regexp.MustCompile(`^[!"$-~]+$`) // '#' is missing
	optionsRE   = regexp.MustCompile("^[\t ]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[\t ]*(,[\t ]*[!#$%&'*+.^_`|~0-9A-Za-z-]+[\t ]*)*$")
	protocolRE  = "[!#$%&'*+.^_`|~0-9A-Za-z-]+(/[!#$%&'*+.^_`|~0-9A-Za-z-]+)?"
	protocolsRE = regexp.MustCompile("^[\t ]*" + protocolRE + "[\t ]*(,[\t ]*" + protocolRE + "[\t ]*)*$")
)

// match runs a pattern over octets: Latin-1 makes one rune of each.
func match(re *regexp.Regexp, s string) bool {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return re.MatchString(string(runes))
}

func hostAllowed(host string) bool {
	if !match(hostOctets, host) || !match(hostRE, host) {
		return false
	}
	port := hostRE.FindStringSubmatch(host)[3]
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n <= 65535
}

func targetAllowed(method, target string) bool {
	switch absolute := absoluteRE.FindStringSubmatch(target); {
	case !match(visibleRE, target):
		return false
	case method == "CONNECT":
		return hostAllowed(target) && hostRE.FindStringSubmatch(target)[3] != ""
	case target == "*":
		return method == "OPTIONS"
	case absolute != nil:
		return hostAllowed(absolute[1])
	}
	return target[0] == '/'
}

// values gives all values of a name.
func values(fields []pair, name string) (list []string) {
	for _, x := range fields {
		if asciiLower(x.name) == asciiLower(name) {
			list = append(list, x.value)
		}
	}
	return list
}

// asciiLower is strings.ToLower without Unicode, for which U+212A is a k.
func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// options gives the members of all Connection fields in lower case.
func options(fields []pair) (list []string) {
	for member := range strings.SplitSeq(strings.Join(values(fields, "Connection"), ","), ",") {
		list = append(list, asciiLower(strings.Trim(member, " \t")))
	}
	return list
}

// allowed says whether a request may be sent.
func allowed(p h1.Plan, fields []pair) bool {
	for _, x := range fields {
		if !match(tokenRE, x.name) || !match(valueRE, x.value) {
			return false
		}
	}
	for _, v := range values(fields, "Connection") {
		if !match(optionsRE, v) {
			return false
		}
	}
	for _, v := range values(fields, "Upgrade") {
		if !match(protocolsRE, v) || !slices.Contains(options(fields), "upgrade") {
			return false
		}
	}
	lengths := len(values(fields, "Content-Length"))
	body := p.Length > 0 || p.Length == h1.ChunkedLength
	return match(tokenRE, p.Method) && targetAllowed(p.Method, p.Target) && hostAllowed(p.Host) &&
		match(valueRE, p.MD5) && match(valueRE, p.ProxyAuth) &&
		p.Length >= h1.ChunkedLength && !(p.Expect && p.Length == h1.NoLength) &&
		!(body && (p.Method == "CONNECT" || p.Method == "TRACE")) &&
		len(values(fields, "Host")) <= 1 && (lengths == 0 || lengths == 1 && p.Length >= 0) &&
		len(values(fields, "Transfer-Encoding"))+len(values(fields, "Expect")) == 0
}

// expected gives the fields of a request that is allowed, in their order.
func expected(p h1.Plan, fields []pair) (list []pair) {
	length := strconv.FormatInt(p.Length, 10)
	for _, x := range fields {
		switch asciiLower(x.name) {
		case "host":
			x.value = p.Host
		case "content-length":
			x.value = length
		}
		list = append(list, x)
	}
	generated := func(send bool, name, value string) {
		if send && values(fields, name) == nil {
			list = append(list, pair{name, value})
		}
	}
	generated(p.Expect, "Expect", "100-continue")
	generated(p.Length >= 0, "Content-Length", length)
	generated(p.Length == h1.ChunkedLength, "Transfer-Encoding", "chunked")
	generated(p.MD5 != "", "Content-MD5", p.MD5)
	generated(true, "Host", p.Host)
	generated(true, "Accept-Encoding", "identity")
	generated(p.ProxyAuth != "", "Proxy-Authorization", p.ProxyAuth)
	generated(true, "Connection", "keep-alive")
	return list
}

// checkFacts checks what was said about a head against what was sent.
func checkFacts(t *testing.T, facts h1.Facts, p h1.Plan, sent []pair, head string) {
	t.Helper()
	upgrade := values(sent, "Upgrade") != nil
	if facts.Close != slices.Contains(options(sent), "close") || facts.Upgrade != upgrade || facts.Connect != (p.Method == "CONNECT") {
		t.Errorf("facts %+v of %q", facts, head)
	}
	var want, got []string
	for _, x := range sent {
		if name := asciiLower(x.name); name == "authorization" || name == "proxy-authorization" || name == "cookie" {
			want = append(want, x.value)
		}
	}
	for _, s := range facts.Secrets {
		got = append(got, head[s[0]:s[1]])
	}
	if !slices.Equal(got, want) {
		t.Errorf("secrets %q of %q", got, head)
	}
}

// secondOpinion reads the head with net/http, which is free to refuse a target
// that is no URL (a path like /%zz), or leave out fields that it has acted on.
func secondOpinion(t *testing.T, head string, p h1.Plan, sent []pair) {
	t.Helper()
	in := bufio.NewReader(strings.NewReader(head))
	r, err := http.ReadRequest(in)
	var bad *url.Error
	if errors.As(err, &bad) {
		return
	}
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", head, err)
	}
	length := map[int64]int64{h1.NoLength: 0, h1.ChunkedLength: -1}
	want, ok := length[p.Length]
	if !ok {
		want = p.Length
	}
	if in.Buffered() != 0 || r.Method != p.Method || r.RequestURI != p.Target || r.ContentLength != want || (r.TransferEncoding != nil) != (want < 0) {
		t.Fatalf("net/http reads %q as %+v, rest %d", head, r, in.Buffered())
	}
	for _, x := range sent {
		switch asciiLower(x.name) {
		case "host", "transfer-encoding", "trailer", "cache-control":
			continue
		}
		if got := r.Header.Values(x.name); !slices.Equal(got, values(sent, x.name)) {
			t.Fatalf("net/http reads %s of %q as %q", x.name, head, got)
		}
	}
}
