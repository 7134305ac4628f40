package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// nginxFiles makes files for nginx, of many sizes, and gives their sums by name.
func nginxFiles(t *testing.T, dir string, n int) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("file-%d", i)
		text := strings.Repeat(fmt.Sprintf("line of %s\n", name), i*3%1000)
		write(t, filepath.Join(dir, name), text)
		sums[name] = sumOf(text)
	}
	return sums
}

// fetchFromNginx fetches all files over at most one connection at a time and
// checks them. It returns the access log, which is complete.
func fetchFromNginx(t *testing.T, m wiretest.Mode, cfg wiretest.Nginx) (o outcome, log []wiretest.AccessLine) {
	t.Helper()
	const n = 1000
	cfg.Root, cfg.TLS = t.TempDir(), m.TLS
	sums := nginxFiles(t, cfg.Root, n)
	srv := wiretest.StartNginx(t, cfg)
	base := "http://" + srv.Addr + "/"
	if m.TLS {
		base = "https://" + srv.Addr + "/"
	}
	var list bytes.Buffer
	for i := range n {
		fmt.Fprintf(&list, "%sfile-%d\n", base, i)
	}
	b := newBench(t)
	write(t, b.list, list.String())
	ca := wiretest.WritePEM(t, t.TempDir()).CA
	o = dugongCmd("", "get", "-i", b.list, "--dir", b.dir, "--connections", "1", "--cacert", ca)
	o.want(t, exitOK, "1000 documents, ", ", 0 retries, 0 failures")
	if got := len(listing(t, b.dir)); got != n {
		t.Errorf("%d files, want %d", got, n)
	}
	for name, sum := range sums {
		if sumOf(read(t, filepath.Join(b.dir, name))) != sum {
			t.Errorf("%s is wrong", name)
		}
	}
	// nginx may log late. When it has logged one request more, it has logged all.
	srv.AccessLog(n)
	dugongCmd("", "get", "-q", "-o", filepath.Join(t.TempDir(), "f"), "--cacert", ca, base+"file-0").want(t, exitOK)
	log = srv.AccessLog(n + 1)
	return o, log[:len(log)-1]
}

// onceEach checks that nginx answered each file once, and gives the numbers of
// requests on its connections.
func onceEach(t *testing.T, log []wiretest.AccessLine) map[int]int {
	t.Helper()
	seen, connections := map[string]bool{}, map[int]int{}
	for _, l := range log {
		if seen[l.Request] || l.Status != 200 {
			t.Errorf("answered twice, or with an error: %+v", l)
		}
		seen[l.Request] = true
		connections[l.Connection]++
	}
	if len(log) != 1000 {
		t.Errorf("%d requests were answered, want 1000", len(log))
	}
	return connections
}

func TestNginxOneConnection(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		o, log := fetchFromNginx(t, m, wiretest.Nginx{KeepaliveRequests: 5000})
		o.want(t, exitOK, ", 1 connection, ")
		if c := onceEach(t, log); len(c) != 1 {
			t.Errorf("requests on each connection: %v", c)
		}
	})
}

// nginx closes after every 37 requests: nothing is lost, and nothing that was
// answered is fetched twice.
func TestNginxCloses(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		o, log := fetchFromNginx(t, m, wiretest.Nginx{KeepaliveRequests: 37})
		o.want(t, exitOK, ", 28 connections, ")
		connections := onceEach(t, log)
		for id, n := range connections {
			if n > 37 {
				t.Errorf("%d requests on connection %d", n, id)
			}
		}
		if len(connections) != 28 { // 27 * 37 = 999
			t.Errorf("%d connections", len(connections))
		}
	})
}
