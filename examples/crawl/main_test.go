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
	if code := run([]string{"ftp://x/"}, &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "give a URL") {
		t.Errorf("%d, %q", code, errOut.String())
	}
}

// Whoever gives bad arguments is told which.
func TestBadArguments(t *testing.T) {
	for _, row := range []struct {
		args []string
		want string
	}{
		{[]string{"a", "b"}, "crawl: one URL at most can be given, not 2\n"},
		{[]string{"-conns", "0"}, "crawl: -conns must be 1 or more, not 0\n"},
		{[]string{"-max", "-1"}, "crawl: -max must be 1 or more, not -1\n"},
	} {
		var out, errOut strings.Builder
		if code := run(row.args, &out, &errOut); code != 2 || errOut.String() != row.want || out.Len() > 0 {
			t.Errorf("%q: %d, %q, %q", row.args, code, out.String(), errOut.String())
		}
	}
}
