package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// A collector answers one request on each connection, one connection after the
// other, and keeps all that came.
type collector struct {
	net.Listener
	came chan []byte
}

func collect(t *testing.T) *collector {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &collector{ln, make(chan []byte, 100)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for conn, err := ln.Accept(); err == nil; conn, err = ln.Accept() {
			c.came <- serveOnce(conn)
		}
	}()
	t.Cleanup(func() { ln.Close(); <-over })
	return c
}

func serveOnce(conn net.Conn) []byte {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(wiretest.DefaultGuard))
	var all bytes.Buffer
	in := bufio.NewReader(io.TeeReader(conn, &all))
	for line, err := in.ReadString('\n'); err == nil && line != "\r\n"; {
		line, err = in.ReadString('\n')
	}
	io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi")
	io.Copy(io.Discard, in)
	return all.Bytes()
}

// taken gives what came on the connections made so far: behind them stands one
// on which nothing comes.
func (c *collector) taken(t *testing.T) (all [][]byte) {
	t.Helper()
	last, err := net.Dial("tcp", c.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	last.Close()
	for p := range c.came {
		if len(p) == 0 {
			break
		}
		all = append(all, p)
	}
	return all
}

// A cliPlace is a place of the command line for a text from outside.
type cliPlace struct {
	name   string
	good   string
	narrow bool // only some ASCII is allowed there
	args   func(s, addr string) (in string, args []string)
}

// Whatever text comes into whatever place of the command line: the server
// receives one request of the command's own making, or nothing at all and the
// user a usage error. The octets that came are looked at.
func TestInjectionByCommand(t *testing.T) {
	get := func(url string, args ...string) []string { return append([]string{"get", "-o", "-", url}, args...) }
	escaped := func(s string) string { return url.PathEscape(s) }
	for _, w := range []cliPlace{
		{"path", "/path", true, func(s, addr string) (string, []string) { return "", get("http://" + addr + "/p" + s) }},
		{"query", "a=b", true, func(s, addr string) (string, []string) { return "", get("http://" + addr + "/?" + s) }},
		{"host", "127.0.0.1", true, func(s, addr string) (string, []string) {
			return "", get("http://" + s + strings.TrimPrefix(addr, "127.0.0.1") + "/")
		}},
		{"list", "/path", true, func(s, addr string) (string, []string) {
			return "http://" + addr + "/p" + s + "\n", []string{"get", "--dir", t.TempDir(), "-i", "-"}
		}},
		{"field name", "X-Name", true, func(s, addr string) (string, []string) { return "", get("http://"+addr+"/", "-H", s+": v") }},
		{"field value", "some value", false, func(s, addr string) (string, []string) { return "", get("http://"+addr+"/", "-H", "X-Name: "+s) }},
		{"Host value", "h.example", true, func(s, addr string) (string, []string) { return "", get("http://"+addr+"/", "-H", "Host: "+s) }},
		{"Cookie value", "a=b", false, func(s, addr string) (string, []string) { return "", get("http://"+addr+"/", "-H", "Cookie: "+s) }},
		{"method", "GET", true, func(s, addr string) (string, []string) { return "", get("http://"+addr+"/", "-X", s) }},
		{"user of a URL", "user", false, func(s, addr string) (string, []string) { return "", get("http://" + escaped(s) + ":p@" + addr + "/") }},
		{"password of a URL", "secret", false, func(s, addr string) (string, []string) { return "", get("http://u:" + escaped(s) + "@" + addr + "/") }},
		{"user of a proxy", "user", false, func(s, addr string) (string, []string) {
			return "", get("http://h.example/", "--proxy", "http://"+escaped(s)+":p@"+addr)
		}},
		{"password of a proxy", "secret", false, func(s, addr string) (string, []string) {
			return "", get("http://h.example/", "--proxy", "http://u:"+escaped(s)+"@"+addr)
		}},
		{"host through a proxy", "h.example", true, func(s, addr string) (string, []string) {
			return "", get("http://"+s+"/", "--proxy", "http://"+addr)
		}},
	} {
		t.Run(w.name, func(t *testing.T) { w.run(t, collect(t)) })
	}
}

func (w cliPlace) run(t *testing.T, c *collector) {
	rows := 1
	if _, came := w.send(t, c, w.good); len(came) != 1 || !oneRequest(came[0]) {
		t.Fatalf("%q: this came: %q", w.good, came)
	}
	for _, piece := range slices.Concat(wiretest.Injections, wiretest.NarrowInjections) {
		for _, s := range wiretest.Around(w.good, piece) {
			code, came := w.send(t, c, s)
			rows++
			switch {
			case code != exitOK && len(came) == 0:
			case !w.mayPass(s, piece):
				t.Errorf("%q: exit code %d, and this came: %q", s, code, came)
			case len(came) != 1 || !oneRequest(came[0]):
				t.Errorf("%q: this came: %q", s, came)
			}
		}
	}
	t.Logf("strict: %d injections by the command line", rows)
}

// mayPass: the text means no harm in this place, such as blanks around a value,
// which the command trims, or non-ASCII inside it, or the end of a line in a list
// of lines.
func (w cliPlace) mayPass(s, piece string) bool {
	if w.name == "list" && strings.ContainsAny(piece, "\r\n") {
		return true
	}
	harmless := slices.Contains(wiretest.NarrowInjections, piece) && !w.narrow
	trimmed := strings.Trim(s, " \t")
	for _, bad := range slices.Concat(wiretest.Injections, wiretest.NarrowInjections) {
		if strings.Contains(trimmed, bad) {
			return harmless
		}
	}
	return true // nothing of it is left
}

func (w cliPlace) send(t *testing.T, c *collector, s string) (code int, came [][]byte) {
	in, args := w.args(s, c.Addr().String())
	code = dugongCmd(in, args...).code
	return code, c.taken(t)
}

// oneRequest: exactly one GET, with nothing in it that the corpus asks for, and
// nothing behind it.
func oneRequest(p []byte) bool {
	in := bufio.NewReader(bytes.NewReader(p))
	q, err := http.ReadRequest(in)
	if err != nil || q.Method != "GET" || len(q.TransferEncoding) > 0 || q.ContentLength > 0 || strings.Contains(q.Host, "evil") {
		return false
	}
	return in.Buffered() == 0 && bytes.Count(p, []byte("HTTP/1.")) == 1
}
