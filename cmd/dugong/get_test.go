package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/fetch"
	"github.com/dugong-http/dugong/internal/origin"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func sumOf(text string) string {
	h := sha256.Sum256([]byte(text))
	return hex.EncodeToString(h[:])
}

func docURLs(s *origin.Server, n int) (urls []string) {
	for i := range n {
		urls = append(urls, fmt.Sprintf("%s/doc/%d", s.URL, i))
	}
	return urls
}

// checkFiles: the folder has exactly these documents.
func checkFiles(t *testing.T, dir string, docs *origin.Documents) {
	t.Helper()
	if n := len(listing(t, dir)); n != docs.Count {
		t.Errorf("%d files, want %d", n, docs.Count)
	}
	for i := range docs.Count {
		if sumOf(read(t, filepath.Join(dir, fmt.Sprint(i)))) != docs.Sum(i) {
			t.Errorf("document %d is wrong", i)
		}
	}
}

func TestGetList(t *testing.T) {
	s, docs := serve(t, 200, func(c *origin.Config) { c.CloseAfter = 37 })
	b := newBench(t, append([]string{"# a comment", "", "  "}, docURLs(s, 200)...)...)
	dugongCmd("", "get", "-i", b.list, "--dir", b.dir, "--report", b.report, "--connections", "1").
		want(t, exitOK, "200 documents, 200000 bytes, ", "6 connections, 0 retries, 0 failures")
	checkFiles(t, b.dir, docs)
	r := readReport(t, b.report)
	all := r.URLs
	if r.URLs = nil; r.Interrupted || r.Documents != 200 || r.Bytes != 200000 || r.Connections != 6 || r.Failures != 0 || len(all) != 200 {
		t.Errorf("%d URLs, %+v", len(all), r)
	}
	for i, u := range all {
		if u.URL != docURLs(s, 200)[i] || u.SHA256 != docs.Sum(i) || u.Status != 200 || u.Bytes != 1000 || u.Verdict != fetch.Answered ||
			u.Attempts < 1 || u.Connection < 1 || u.Error != "" || u.File != filepath.Join(b.dir, fmt.Sprint(i)) || u.End.Before(*u.Start) {
			t.Errorf("%+v", u)
		}
	}
}

func TestGetFromPipe(t *testing.T) {
	s, docs := serve(t, 3)
	dir := t.TempDir()
	report := filepath.Join(t.TempDir(), "r")
	list := strings.Join([]string{s.URL + "/doc/0\r", "", "nonsense", s.URL + "/doc/1", s.URL + "/doc/1?", "http://" + strings.Repeat("x", 10<<20), s.URL + "/doc/0", s.URL + "/doc/2"}, "\n")
	dugongCmd(list, "get", "-i", "-", "--dir", dir, "--report", report).want(t, exitPermanent,
		"3 documents", "4 failures", `line 3: "nonsense"`, "line 5: ", "that of line 4 already", "line 6: ", "longer than", "line 7: ", "that of line 1 already")
	checkFiles(t, dir, docs)
	r := readReport(t, report)
	if len(r.URLs) != 7 || r.URLs[1].URL != "nonsense" || r.URLs[1].Error == "" || r.URLs[1].Verdict != fetch.NotProcessed {
		t.Errorf("%+v", r)
	}
}

// Documents are fetched while the pipe is open.
func TestGetFromOpenPipe(t *testing.T) {
	asked := make(chan struct{})
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none")
		close(asked)
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
		p.ExpectEOF()
	})
	in, w := io.Pipe()
	go func() {
		fmt.Fprintf(w, "http://%s/a\n", srv.Addr)
		<-asked
		fmt.Fprintf(w, "http://%s/b", srv.Addr) // the last line may lack its end
		w.Close()
	}()
	dir := t.TempDir()
	if code := run([]string{"get", "-q", "-i", "-", "--connections", "1", "--dir", dir}, in, io.Discard, io.Discard); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if a, b := read(t, filepath.Join(dir, "a")), read(t, filepath.Join(dir, "b")); a != "one" || b != "two" {
		t.Errorf("%q, %q", a, b)
	}
}

func TestGetOutput(t *testing.T) {
	s, docs := serve(t, 1)
	path := write(t, filepath.Join(t.TempDir(), "out"), "what was there before")
	o := dugongCmd("", "get", "-o", path, s.URL+"/doc/0")
	o.want(t, exitOK, "1 document, 1000 bytes, ", "1 connection, 0 retries, 0 failures\n")
	if o.out != "" || strings.Count(o.err, "\n") != 1 || sumOf(read(t, path)) != docs.Sum(0) {
		t.Errorf("%+v", o)
	}
	if o := dugongCmd("", "get", "--quiet", "-o", path, s.URL+"/doc/0"); o != (outcome{}) {
		t.Errorf("quiet: %+v", o)
	}
}

// The default place is the current folder.
func TestGetHere(t *testing.T) {
	s, docs := serve(t, 2)
	t.Chdir(t.TempDir())
	dugongCmd("", "get", s.URL+"/doc/0", s.URL+"/doc/1").want(t, exitOK)
	checkFiles(t, ".", docs)
}

func TestStatuses(t *testing.T) {
	dir := t.TempDir()
	files := t.TempDir()
	if err := os.Mkdir(filepath.Join(files, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	s, _ := serve(t, 1, func(c *origin.Config) { c.Dir = files })
	o := dugongCmd("", "get", "--dir", dir, s.URL+"/doc/0", s.URL+"/missing", s.URL+"/sub")
	o.want(t, exitStatus, s.URL+"/missing: status 404, not saved", s.URL+"/sub: status 301, Location "+s.URL+"/sub/, not saved", "3 documents")
	if got := listing(t, dir); len(got) != 1 || got[0] != "0" {
		t.Errorf("%q", got)
	}
	dugongCmd("", "get", "--save-errors", "--dir", dir, s.URL+"/missing").want(t, exitStatus, "status 404, saved")
	if got := read(t, filepath.Join(dir, "missing")); !strings.Contains(got, "not found") {
		t.Errorf("%q", got)
	}
}

func TestGetTLS(t *testing.T) {
	cfg, pem, err := origin.NewCertificate()
	if err != nil {
		t.Fatal(err)
	}
	s, docs := serve(t, 1, func(c *origin.Config) { c.TLS = cfg })
	dir := t.TempDir()
	ca := write(t, filepath.Join(t.TempDir(), "ca.pem"), string(pem))
	dugongCmd("", "get", "--dir", dir, s.URL+"/doc/0").want(t, exitPermanent, "TLS failed", "certificate")
	if names := listing(t, dir); len(names) > 0 {
		t.Errorf("%q", names)
	}
	dugongCmd("", "get", "--dir", dir, "--cacert", ca, s.URL+"/doc/0").want(t, exitOK)
	checkFiles(t, dir, docs)
	dugongCmd("", "get", "--dir", dir, "--insecure", s.URL+"/doc/0").want(t, exitOK)
}

func TestGetHeadersAndCredentials(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		r := p.ReadRequest()
		if r.Get("X-One") != "1: with colon" || r.Get("X-Two") != "a,b" || r.Get("Authorization") != "Basic dTpTRUNSRVQ=" {
			p.Fatalf("%s", r.Raw)
		}
		p.Send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
		p.ExpectEOF()
	})
	report := filepath.Join(t.TempDir(), "r")
	o := dugongCmd("", "get", "-H", "X-One: 1: with colon", "-H", "X-Two:a,b ", "--report", report, "-o", filepath.Join(t.TempDir(), "f"), "http://u:SECRET@"+srv.Addr+"/x")
	o.want(t, exitStatus, "http://"+srv.Addr+"/x: status 404")
	if all := o.out + o.err + read(t, report); strings.Contains(all, "SECRET") {
		t.Error(all)
	}
}

func TestGetThroughProxy(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		if r := p.ReadRequest(); r.Target != "http://host.example/x" || r.Get("Proxy-Authorization") != "Basic dTpw" {
			p.Fatalf("%s", r.Raw)
		}
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		p.ExpectEOF()
	})
	path := filepath.Join(t.TempDir(), "f")
	dugongCmd("", "get", "--proxy", "http://u:p@"+srv.Addr, "-o", path, "http://host.example/x").want(t, exitOK)
	if read(t, path) != "ok" {
		t.Error(read(t, path))
	}
}

// Nobody listens: later it may go well.
func TestTemporaryFailure(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	dir := t.TempDir()
	dugongCmd("", "get", "--retry", "1", "--dir", dir, "http://"+ln.Addr().String()+"/x").want(t, exitTemporary, "connecting failed", "1 failure")
	if names := listing(t, dir); len(names) > 0 {
		t.Errorf("%q", names)
	}
}

// A body that stays short never gets its name.
func TestNoShortFiles(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nnot twenty")
	})
	b := newBench(t)
	dugongCmd("", "get", "--retry", "1", "--dir", b.dir, "--report", b.report, "http://"+srv.Addr+"/x").want(t, exitTemporary, "inside the body", "1 retry")
	if names := listing(t, b.dir); len(names) > 0 {
		t.Errorf("%q", names)
	}
	if u := readReport(t, b.report).URLs[0]; u.Attempts != 2 || u.Verdict != fetch.MaybeProcessed || u.Error == "" || !u.Temporary || u.SHA256 != "" || u.File != "" {
		t.Errorf("%+v", u)
	}
}

// More complaints than anybody reads are left to the report.
func TestManyComplaints(t *testing.T) {
	s, _ := serve(t, 1)
	var urls []string
	for i := range 100 {
		urls = append(urls, fmt.Sprintf("%s/missing%d", s.URL, i))
	}
	b := newBench(t, urls...)
	o := dugongCmd("", "get", "-i", b.list, "--dir", b.dir)
	o.want(t, exitStatus, "more of this is not shown")
	if n := strings.Count(o.err, "\n"); n != maxComplaints+2 {
		t.Errorf("%d lines", n)
	}
}

// An interruption leaves no part of a document, and the report says what is
// missing.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nnot twenty")
		cancel(errInterrupted)
		p.Drain()
	})
	var urls []string
	for i := range 5 {
		urls = append(urls, fmt.Sprintf("http://%s/%d", srv.Addr, i))
	}
	b := newBench(t, urls...)
	within(ctx, "get", "-i", b.list, "--dir", b.dir, "--report", b.report, "--connections", "1", "--depth", "1").
		want(t, exitInterrupted, "interrupted; 4 documents not fetched")
	if names := listing(t, b.dir); len(names) != 1 || names[0] != "0" {
		t.Errorf("%q", names)
	}
	r := readReport(t, b.report)
	if !r.Interrupted || len(r.URLs) != 5 || r.Failures != 4 {
		t.Fatalf("%+v", r)
	}
	for i, want := range []fetch.Verdict{fetch.Answered, fetch.MaybeProcessed, fetch.NotProcessed, fetch.NotProcessed, fetch.NotProcessed} {
		if u := r.URLs[i]; u.Verdict != want || (u.Error == "") != (i == 0) || u.URL != urls[i] {
			t.Errorf("%+v", u)
		}
	}
}

// A port of the other kind does not get better by itself, either way round, and
// nothing is tried again.
func TestGetWrongPort(t *testing.T) {
	dir := t.TempDir()
	tlsPort := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("\x15\x03\x01\x00\x02\x02\x46") // the alert with which OpenSSL answers
		p.CloseWrite()
		p.ExpectClosed()
	})
	dugongCmd("", "get", "--dir", dir, "http://"+tlsPort.Addr+"/x").want(t, exitPermanent, "it speaks TLS on this port", "0 retries, 1 failure")
	plain, _ := serve(t, 1)
	url := "https" + strings.TrimPrefix(plain.URL, "http") + "/doc/0"
	dugongCmd("", "get", "--dir", dir, url).want(t, exitPermanent, "plain HTTP", "1 failure")
}
