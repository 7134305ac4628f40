package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestPipeline(t *testing.T) {
	var served, conns atomic.Int32
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/missing" {
			http.NotFound(w, r)
			return
		}
		served.Add(1)
		w.Write([]byte(strings.Repeat(r.URL.Path, 1000)))
	}))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	var urls []string
	for i := range 500 {
		urls = append(urls, fmt.Sprintf("%s/doc/%d", srv.URL, i))
	}
	var errOut strings.Builder
	if code := run(urls, &errOut); code != 0 || errOut.Len() > 0 || served.Load() != 500 || conns.Load() != 1 {
		t.Errorf("%d, %q, %d served on %d connections", code, errOut.String(), served.Load(), conns.Load())
	}
	if code := run(append(urls[:1:1], srv.URL+"/missing"), &errOut); code != 1 || !strings.Contains(errOut.String(), "/missing: 404") {
		t.Errorf("%d, %q", code, errOut.String())
	}
	if run([]string{srv.URL, "http://example.org/"}, &errOut) != 1 || run(nil, &errOut) != 2 {
		t.Error("bad arguments were taken")
	}
	gone := srv.URL
	srv.Close()
	if code := run([]string{gone}, &errOut); code != 1 {
		t.Errorf("a server that is not there: %d", code)
	}
}
