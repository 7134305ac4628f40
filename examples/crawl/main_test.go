package main

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestCrawl(t *testing.T) {
	var out, errOut strings.Builder
	if code := run([]string{"-conns", "200", "-max", "3000"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "3000 pages, ") || !strings.Contains(out.String(), " 0 failures, ") {
		t.Errorf("%d, %q, %q", code, out.String(), errOut.String())
	}
	s, err := startSite(50)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	out.Reset()
	if code := run([]string{"http://" + s.addr + "/"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "50 pages, ") {
		t.Errorf("%d, %q, %q", code, out.String(), errOut.String())
	}
	if code := run([]string{"http://" + s.addr + "/99"}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "404") {
		t.Errorf("%d, %q", code, errOut.String())
	}
	if run([]string{"ftp://x/"}, &out, &errOut) != 1 || run([]string{"a", "b"}, &out, &errOut) != 2 {
		t.Error("bad arguments were taken")
	}
}
