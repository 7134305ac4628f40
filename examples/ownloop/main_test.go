//go:build unix

package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

// All three must be under way at once before any of them is answered.
func TestOwnLoop(t *testing.T) {
	var all sync.WaitGroup
	all.Add(3)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/alone" {
			all.Done()
			all.Wait()
		}
		w.Write([]byte(strings.Repeat("x", 300_000)))
	}))
	defer srv.Close()
	var out, errOut strings.Builder
	if code := run([]string{srv.URL + "/a", srv.URL + "/b", srv.URL + "/c"}, &out, &errOut); code != 0 {
		t.Errorf("%d, %q", code, errOut.String())
	}
	for _, p := range []string{"/a", "/b", "/c"} {
		if !strings.Contains(out.String(), srv.URL+p+": 300000 octets\n") {
			t.Errorf("%s is missing: %q", p, out.String())
		}
	}
	out.Reset()
	if code := run([]string{"ftp://localhost/", srv.URL + "/alone"}, &out, &errOut); code != 1 || !strings.Contains(out.String(), "300000") {
		t.Errorf("%d, %q, %q", code, out.String(), errOut.String())
	}
	if run(nil, &out, &errOut) != 2 {
		t.Error("no arguments were taken")
	}
	out.Reset()
	if code := run([]string{"-h"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "usage: ownloop http") {
		t.Errorf("help: %d, %q", code, out.String())
	}
}
