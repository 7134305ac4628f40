package dugonghttp_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// inEnvironment runs the test of this name in a process with these variables
// of those that say something about proxies, since they are read once.
func inEnvironment(t *testing.T, vars ...string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), exe, "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return strings.HasSuffix(strings.ToLower(name), "_proxy") || name == "REQUEST_METHOD"
	})
	cmd.Env = append(append(cmd.Env, vars...), "DUGONG_TEST_CHILD=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", vars, err, out)
	}
	return string(out)
}

func isChild() bool { return os.Getenv("DUGONG_TEST_CHILD") != "" }

// ProxyFromEnvironment says what that of net/http says.
func TestEnvironmentIsReadAsByNetHTTP(t *testing.T) {
	if isChild() {
		for _, scheme := range []string{"http", "https"} {
			for _, host := range []string{
				"a.example", "sub.a.example", "xa.example", "a.example:8080", "b.example", "localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3",
				"[::1]", "10.1.2.3", "10.1.2.3:81", "192.0.2.1", "[2001:db8::1]", "bücher.example",
			} {
				req := get(t, scheme+"://"+host+"/x")
				want, werr := http.ProxyFromEnvironment(req)
				got, err := dugonghttp.ProxyFromEnvironment(req)
				if fmt.Sprint(got, err) != fmt.Sprint(want, werr) {
					t.Errorf("%s: got %v, %v; net/http has %v, %v", req.URL, got, err, want, werr)
				}
				t.Logf("ANSWERS %v %v", got, err)
			}
		}
		return
	}
	const plain, secure = "HTTP_PROXY=http://p.example:3128", "HTTPS_PROXY=https://s.example"
	for _, vars := range [][]string{
		{},
		{plain},
		{secure},
		{plain, secure},
		{"http_proxy=p.example:3128", "https_proxy=s.example"},
		{plain, "http_proxy=http://small.example"},
		{"HTTP_PROXY=socks5://me:secret@s.example:1080", "HTTPS_PROXY=socks5h://s.example"},
		{plain, secure, "NO_PROXY=a.example"},
		{plain, secure, "NO_PROXY=.a.example"},
		{plain, secure, "no_proxy=*.a.example, b.example:80"},
		{plain, secure, "NO_PROXY=10.0.0.0/8,192.0.2.1,2001:db8::/32"},
		{plain, secure, "NO_PROXY=a.example:8080,10.1.2.3:81"},
		{plain, secure, "NO_PROXY=*"},
		{plain, secure, "REQUEST_METHOD=GET"}, // CGI: anybody could set HTTP_PROXY by a field
		{"HTTP_PROXY=http://%zz", "HTTPS_PROXY=ftp://x.example"},
		{"ALL_PROXY=http://all.example"},
	} {
		if n := strings.Count(inEnvironment(t, vars...), "ANSWERS "); n != 30 {
			t.Errorf("%q: %d answers, want 30", vars, n)
		}
	}
}

// And a Transport goes by it.
func TestEnvironmentIsUsed(t *testing.T) {
	if isChild() {
		c := client(t, &dugonghttp.Transport{Proxy: dugonghttp.ProxyFromEnvironment})
		for _, url := range []string{"http://one.example/a", "http://two.example/b"} {
			_, body, err := fetch(c, get(t, url))
			t.Logf("BODY %s %v", body, err)
		}
		if _, _, err := fetch(c, get(t, "https://three.example/c")); err == nil {
			t.Error("no error")
		}
		return
	}
	proxy := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		for _, target := range []string{"http://one.example/a", "http://two.example/b"} {
			if r := p.ReadRequest(); r.Target != target {
				p.Fatalf("got %q", r.Raw)
			}
			p.Send(ok(target))
		}
		p.ExpectClosed()
	}, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Method != "CONNECT" || r.Target != "three.example:443" {
			p.Fatalf("got %q", r.Raw)
		}
		p.Send("HTTP/1.1 403 No\r\n\r\n")
		p.ExpectClosed()
	})
	out := inEnvironment(t, "http_proxy=http://"+proxy.Addr, "HTTPS_PROXY="+proxy.Addr)
	for _, want := range []string{"BODY http://one.example/a <nil>", "BODY http://two.example/b <nil>"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}
