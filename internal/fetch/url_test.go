package fetch

import (
	"crypto/tls"
	"net/url"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
)

func TestParse(t *testing.T) {
	for raw, want := range map[string]Target{
		"http://h":                     {URL: "http://h", Addr: "h", Path: "/"},
		"http://h?q=1":                 {URL: "http://h?q=1", Addr: "h", Path: "/?q=1"},
		"https://h:8443/a%2Fb?x=%20#f": {URL: "https://h:8443/a%2Fb?x=%20", Secure: true, Addr: "h:8443", Path: "/a%2Fb?x=%20"},
		"HTTP://[::1]:80/":             {URL: "http://[::1]:80/", Addr: "[::1]:80", Path: "/"},
		"http://u:p@h/a@b":             {URL: "http://h/a@b", Addr: "h", Path: "/a@b", Auth: "Basic dTpw"},
		"http://h//x":                  {URL: "http://h//x", Addr: "h", Path: "//x"},
	} {
		got, err := Parse(raw)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		got.url = nil
		if *got != want {
			t.Errorf("%s: %+v, want %+v", raw, *got, want)
		}
	}
}

// Each message names the value, the rule and the remedy, and never a password.
func TestParseRefuses(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                      "write http://host/path",
		"http://h/a\r\nX: y":                    "no line break in it (at offset 10)",
		"http://h/a\nb":                         "no line break",
		"http://h\r/":                           "no line break",
		"http://h/a b":                          "octet 0x20 at offset 10; percent-encode it",
		"http://h/\xc3\xa9":                     "octet 0xc3 at offset 9; percent-encode it",
		"http://h/\x00":                         "octet 0x00",
		"ftp://h/x":                             "only these can be fetched",
		"h/x":                                   "write http:// or https:// before it",
		"//h/x":                                 "write http:// or https:// before it",
		"http:x":                                "names no host",
		"http:///x":                             "names no host",
		"http://h:0/":                           "the port is outside of 1 to 65535",
		"http://h:99999/":                       "the port is outside of 1 to 65535",
		"http://h:x/":                           "invalid port",
		"http://h/%zz":                          "invalid URL escape",
		"http://h_/[":                           "",
		"http://u:SECRET@h:0/":                  "the port is outside",
		"http://u:SECRET/x@h/":                  "percent-encode what is special in a user name or password",
		"http://u%3A:SECRET@h/":                 "user name with a colon",
		"http://u:SECRET%0d%0a@h/":              "control character",
		"ftp://u:SECRET@h/":                     "only these can be fetched",
		"http://" + strings.Repeat("x", 10<<20): "longer than the 65536 octets that are allowed; shorten it",
	} {
		_, err := Parse(raw)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%.60q: not refused", raw)
			continue
		}
		if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, "SECRET") || strings.ContainsAny(text, "\r\n") || len(text) > 400 {
			t.Errorf("%.60q: %q, want %q in it", raw, text, want)
		}
	}
}

func TestOriginsAreApart(t *testing.T) {
	same := func(a, b string) bool {
		x, _ := Parse(a)
		y, _ := Parse(b)
		return x.key() == y.key()
	}
	if !same("http://h/a", "http://H/b?c") {
		t.Error("one host, two origins")
	}
	for _, other := range []string{"https://h/a", "http://h:81/a", "http://u:p@h/a", "http://g/a"} {
		if same("http://h/a", other) {
			t.Errorf("%s shares connections with http://h/a", other)
		}
	}
}

func TestFileName(t *testing.T) {
	for raw, want := range map[string]string{
		"http://h/":                "index.html",
		"http://h":                 "index.html",
		"http://h/dir/":            "index.html",
		"http://h/dir/a.txt":       "a.txt",
		"http://h/a%20b%C3%A9":     "a bé",
		"http://h/a?x=1&y=%2F":     "a?x=1&y=%2F",
		"http://h/a?x=/etc/passwd": "a?x=%2Fetc%2Fpasswd",
		"http://h/?q":              "index.html?q",
		"http://h/x/..%2F..%2Fetc": "..%2F..%2Fetc",
		"http://h/%2e%2e%2fetc":    "%2e%2e%2fetc",
		"http://h/a%00b":           "a%00b",
		"http://h/a%0Ab":           "a%0Ab",
		"http://h/a%3Fx=1":         "a%3Fx=1",
		"http://h/a%25b":           "a%25b",
		"http://h/a%5Cb":           "a%5Cb",
		"http://h/%ff":             "%ff",
		"http://h/a%1b%5B2J":       "a%1b%5B2J",
		"http://h/..":              "",
		"http://h/.":               "",
		"http://h/%2e%2e":          "",
		"http://h/" + strings.Repeat("n", maxName+1): "",
	} {
		u, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		got, err := u.FileName()
		if (err != nil) != (want == "") || got != want {
			t.Errorf("%.60s: %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestNamesForWindows(t *testing.T) {
	if got := escapeFor("windows", `a?b:c|d*<>"\`); got != "a%3Fb%3Ac%7Cd%2A%3C%3E%22%5C" {
		t.Error(got)
	}
}

func TestExcerpt(t *testing.T) {
	for value, want := range map[string]string{
		"plain":                       "plain",
		"http://h/x":                  "http://h/x",
		"http://user:pw@h/x":          "http://...@h/x",
		"http://user:p@w@h/x":         "http://...@h/x",
		"a@b":                         "a@b",
		"user:pw@h/x":                 "...@h/x",
		strings.Repeat("x", 100):      strings.Repeat("x", 80) + "...",
		strings.Repeat("x", 79) + "é": strings.Repeat("x", 79) + "...",
	} {
		if got := Excerpt(value); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	proxy := func(raw string) dugong.Config {
		u, err := url.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		return dugong.Config{Proxy: u}
	}
	good := []Options{
		{}, {Header: dugong.HeaderOf("X", "y", "Host", "h:1", "Connection", "close")},
		{Config: proxy("http://u:p@proxy:3128")}, {Config: proxy("socks5://proxy")}, {TLS: &tls.Config{}},
	}
	for i, o := range good {
		if err := o.Check(); err != nil {
			t.Errorf("good %d: %v", i, err)
		}
	}
	for want, o := range map[string]Options{
		"LF at offset 1":           {Header: dugong.HeaderOf("X", "a\nb")},
		"CR at offset 0":           {Header: dugong.HeaderOf("X", "\rb")},
		"in a field name":          {Header: dugong.HeaderOf("X\r\nY", "b")},
		"Transfer-Encoding":        {Header: dugong.HeaderOf("Transfer-Encoding", "chunked")},
		"asks for another":         {Header: dugong.HeaderOf("upgrade", "h2c")},
		"empty field name":         {Header: dugong.HeaderOf("", "b")},
		"scheme of a proxy":        {Config: proxy("ftp://u:SECRET@proxy")},
		"outside of 1 to 65535":    {Config: proxy("http://u:SECRET@proxy:99999")},
		"SP at offset 1":           {Header: dugong.HeaderOf("Host", "a b")},
		"in the value of Cookie (": {Header: dugong.HeaderOf("Cookie", "SECRET\n")},
	} {
		err := o.Check()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
}
