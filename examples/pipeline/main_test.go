package main

import (
	"fmt"
	"io"
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
	var out, errOut strings.Builder
	if code := run(urls, &out, &errOut); code != 0 || errOut.Len() > 0 || served.Load() != 500 || conns.Load() != 1 {
		t.Errorf("%d, %q, %d served on %d connections", code, errOut.String(), served.Load(), conns.Load())
	}
	if code := run(append(urls[:1:1], srv.URL+"/missing"), &out, &errOut); code != 1 || !strings.Contains(errOut.String(), "/missing: 404") {
		t.Errorf("%d, %q", code, errOut.String())
	}
	if run([]string{srv.URL, "http://example.org/"}, &out, &errOut) != 1 || run(nil, &out, &errOut) != 2 {
		t.Error("bad arguments were taken")
	}
	if code := run([]string{"-h"}, &out, &errOut); code != 0 || !strings.HasPrefix(out.String(), "usage: pipeline http") {
		t.Errorf("help: %d, %q", code, out.String())
	}
	if code := run(stuck(t), &out, &errOut); code != 1 || !strings.HasSuffix(errOut.String(), ": 404 No\n") {
		t.Errorf("the reader fails while the sender waits: %d, %q", code, errOut.String()[max(0, errOut.Len()-100):])
	}
	gone := srv.URL
	srv.Close()
	if code := run([]string{gone}, &out, &errOut); code != 1 {
		t.Errorf("a server that is not there: %d", code)
	}
}

// stuck is more than a server takes that reads nothing after its first answer.
func stuck(t *testing.T) (urls []string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		io.ReadFull(c, make([]byte, 1<<16))
		io.WriteString(c, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
		<-over
	}()
	for range 500 {
		urls = append(urls, "http://"+l.Addr().String()+"/"+strings.Repeat("x", 50_000))
	}
	return urls
}
