package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestExtractLinks(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", map[bool]string{true: "text/html; charset=utf-8", false: "text/plain"}[r.URL.Path == "/dir/page"])
		for _, piece := range []string{"<html><a hr", "ef='x'>one</a><p><a name=n><a", ` href="/y?z=1&amp;w">two<a href=http://example.org/>`} {
			w.Write([]byte(piece))
			w.(http.Flusher).Flush()
		}
	}))
	defer srv.Close()
	var out, errOut strings.Builder
	want := srv.URL + "/dir/x\n" + srv.URL + "/y?z=1&w\nhttp://example.org/\n"
	if code := run([]string{srv.URL + "/dir/page"}, &out, &errOut); code != 0 || out.String() != want {
		t.Errorf("%d, %q, %q", code, out.String(), errOut.String())
	}
	if code := run([]string{srv.URL + "/text"}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "text/plain") {
		t.Errorf("%d, %q", code, errOut.String())
	}
	if run([]string{"ftp://localhost/"}, &out, &errOut) != 1 || run(nil, &out, &errOut) != 2 {
		t.Error("bad arguments were taken")
	}
	out.Reset()
	if code := run([]string{"--help"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "usage: extractlinks http") {
		t.Errorf("help: %d, %q", code, out.String())
	}
}
