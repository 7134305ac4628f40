package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestHTTPCat(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		w.Write([]byte(r.RequestURI + "\xff\n"))
	}))
	defer srv.Close()
	var out, errOut strings.Builder
	if code := run([]string{srv.URL, srv.URL + "/a?b"}, &out, &errOut); code != 0 || out.String() != "/\xff\n/a?b\xff\n" {
		t.Errorf("%d, %q, %q", code, out.String(), errOut.String())
	}
	if code := run([]string{srv.URL + "/missing"}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "404 Not Found") {
		t.Errorf("%d, %q", code, errOut.String())
	}
	if run([]string{"ftp://localhost/"}, &out, &errOut) != 1 || run(nil, &out, &errOut) != 2 {
		t.Error("bad arguments were taken")
	}
	out.Reset()
	if code := run([]string{"--help"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "usage: httpcat http") {
		t.Errorf("help: %d, %q", code, out.String())
	}
}
