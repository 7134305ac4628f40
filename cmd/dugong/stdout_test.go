package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// With -o - the document goes to standard output and nothing else does.
func TestGetToStandardOutput(t *testing.T) {
	s, docs := serve(t, 1)
	t.Chdir(t.TempDir())
	o := dugongCmd("", "get", "-o", "-", s.URL+"/doc/0", "--report", "r")
	o.want(t, exitOK, "1 document, 1000 bytes, ")
	if sumOf(o.out) != docs.Sum(0) || strings.Count(o.err, "\n") != 1 {
		t.Errorf("%d octets on standard output; %q", len(o.out), o.err)
	}
	if names := listing(t, "."); len(names) != 1 || names[0] != "r" {
		t.Errorf("files %q", names)
	}
	if u := readReport(t, "r").URLs[0]; u.File != "" || u.SHA256 != docs.Sum(0) || u.Error != "" {
		t.Errorf("%+v", u)
	}
	o = dugongCmd("", "get", "-o", "-", s.URL+"/missing")
	if o.want(t, exitStatus, "status 404, not saved"); o.out != "" {
		t.Errorf("%q", o.out)
	}
}

// What was written cannot be taken back: no second attempt, and exit code 1.
func TestLossBehindStandardOutput(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nnot twenty")
	})
	o := dugongCmd("", "get", "-o", "-", "http://"+srv.Addr+"/x")
	if o.want(t, exitTemporary, "10 octets of the body had been written out already", "1 failure"); o.out != "not twenty" {
		t.Errorf("%q", o.out)
	}
}

// failing is standard output that takes so many octets.
type failing struct{ room int }

func (f *failing) Write(p []byte) (int, error) {
	n := min(f.room, len(p))
	if f.room -= n; n < len(p) {
		return n, &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}
	}
	return n, nil
}

// Whatever was asked for and could not be written is a failure.
func TestStandardOutputFails(t *testing.T) {
	s, _ := serve(t, 1)
	for _, args := range [][]string{
		{"--help"}, {"--version"}, {"get", "--help"}, {"serve", "--addr", "127.0.0.1:0"},
		{"demo", "--docs", "2", "--rtt", "1ms"}, {"get", "-q", "-o", "-", s.URL + "/doc/0"},
	} {
		var errOut bytes.Buffer
		code := run(args, strings.NewReader(""), &failing{5}, &errOut)
		if code != exitPermanent || strings.Count(errOut.String(), "\n") != 1 || !strings.Contains(errOut.String(), syscall.EPIPE.Error()) {
			t.Errorf("%q: %d, %q", args, code, errOut.String())
		}
	}
}

// Nobody reads the complaints any more: the documents are fetched all the same.
func TestStandardErrorFails(t *testing.T) {
	s, docs := serve(t, 3)
	dir := t.TempDir()
	args := append([]string{"get", "--dir", dir, s.URL + "/missing"}, docURLs(s, 3)...)
	if code := run(args, strings.NewReader(""), &failing{}, &failing{}); code != exitStatus {
		t.Errorf("exit code %d", code)
	}
	checkFiles(t, dir, docs)
}

// An answer to HEAD has no body: no file of that name comes to be, and none is
// replaced.
func TestHeadSavesNothing(t *testing.T) {
	s, _ := serve(t, 1)
	t.Chdir(t.TempDir())
	write(t, "0", "what was there before")
	o := dugongCmd("", "get", "-X", "HEAD", "--report", "r", s.URL+"/doc/0", s.URL+"/doc/0", s.URL+"/missing")
	if o.want(t, exitStatus, "3 documents, 0 bytes", "/missing: status 404\n"); read(t, "0") != "what was there before" {
		t.Errorf("%q", read(t, "0"))
	}
	if names := listing(t, "."); len(names) != 2 {
		t.Errorf("files %q", names)
	}
	for _, u := range readReport(t, "r").URLs {
		if u.File != "" {
			t.Errorf("%+v", u)
		}
	}
}

func TestVersion(t *testing.T) {
	o := dugongCmd("", "--version")
	if o.want(t, exitOK, "dugong ", "go1."); strings.Count(o.out, "\n") != 1 || o.err != "" {
		t.Errorf("%+v", o)
	}
}

// Each complaint begins with the name of the program once, in the report with
// none.
func TestPrefixOnce(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 2000 What\r\n\r\n")
	})
	report := filepath.Join(t.TempDir(), "r")
	o := dugongCmd("", "get", "--dir", t.TempDir(), "--report", report, "http://"+srv.Addr+"/x", "http://"+srv.Addr+"/y")
	o.want(t, exitPermanent)
	for line := range strings.Lines(o.err) {
		if want := strings.Count(line, "failures\n"); strings.Count(line, "dugong: ") != 1-want {
			t.Errorf("%q", line)
		}
	}
	for _, u := range readReport(t, report).URLs {
		if u.Error == "" || strings.Contains(u.Error, "dugong: ") {
			t.Errorf("%q", u.Error)
		}
	}
}
