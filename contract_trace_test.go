package dugong_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A log gathers what a trace hook gets.
type traceLog struct {
	mu    sync.Mutex
	turns []string // of one direction each
	sent  []bool
	conns map[uint64]bool
}

func (l *traceLog) hook(e dugong.TraceEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conns == nil {
		l.conns = map[uint64]bool{}
	}
	l.conns[e.Conn] = true
	if n := len(l.sent); n > 0 && l.sent[n-1] == e.Sent {
		l.turns[n-1] += string(e.Data)
	} else {
		l.turns, l.sent = append(l.turns, string(e.Data)), append(l.sent, e.Sent)
	}
}

// Trace gets all octets in the order of the wire, decrypted, CONNECT included.
func TestContractTraceOrder(t *testing.T) { eachWait(t, traceOrder) }

func traceOrder(t *testing.T, m wiretest.Mode) {
	var log traceLog
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send("HTTP/1.1 200 Tunnel\r\n\r\n")
		p.StartTLS(nil)
		p.ReadRequest()
		p.Send("HTTP/1.1 100 Continue\r\n\r\n")
		p.Send(chunked([]byte("body")))
		p.ExpectClosed()
	})
	cfg := dugong.Config{Proxy: &url.URL{Scheme: "http", Host: srv.Addr, User: url.UserPassword("u", "SECRET")}, Trace: log.hook}
	cfg.TLS = wiretest.ClientTLS()
	r := newRig(t, m, "localhost:443", cfg)
	r.send(put("/a", dugong.BodyBytes([]byte("upload"))))
	r.wantBody(r.read("/a", 200), []byte("body"))
	if len(log.turns) != 4 || len(log.conns) != 1 {
		t.Fatalf("%d turns on %d connections: %q", len(log.turns), len(log.conns), log.turns)
	}
	for i, want := range []string{"CONNECT localhost:443 HTTP/1.1\r\n", "HTTP/1.1 200 Tunnel\r\n\r\n", "PUT /a HTTP/1.1\r\n", "HTTP/1.1 100 Continue\r\n\r\n" + chunked([]byte("body"))} {
		if !strings.HasPrefix(log.turns[i], want) || log.sent[i] != (i%2 == 0) {
			t.Errorf("turn %d, sent %v: %q", i, log.sent[i], log.turns[i])
		}
	}
	if !strings.HasSuffix(log.turns[2], "\r\n\r\nupload") || strings.Contains(strings.Join(log.turns, ""), "SECRET") {
		t.Errorf("%q", log.turns)
	}
}

const (
	secretRequest  = "Authorization: SECRET1\r\nX: plain\r\ncOOkie: SECRET2; SECRET3\r\n"
	secretResponse = "HTTP/1.1 200 OK\r\nSet-Cookie: SECRET4=SECRET5\r\nSet-Cookie: a\r\n SECRET6\r\nSet-CookieX: plain\r\nX-Set-Cookie: plain\r\nContent-Length: 0\r\n\r\n"
)

// The values of secret fields are masked, wherever the octets are cut.
func TestContractTraceMasks(t *testing.T) { eachWait(t, traceMasks) }

func traceMasks(t *testing.T, m wiretest.Mode) {
	for cut := range secretResponse {
		for _, show := range []bool{false, true} {
			if show && cut > 0 {
				continue
			}
			var log traceLog
			srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.Send(secretResponse[:cut], secretResponse[cut:])
				p.ExpectClosed()
			})
			r := newRig(t, m, srv.Addr, dugong.Config{Trace: log.hook, TraceSecrets: show})
			r.send(&dugong.Request{Header: dugong.Header{
				{Name: "Authorization", Value: "SECRET1"}, {Name: "X", Value: "plain"}, {Name: "cOOkie", Value: "SECRET2; SECRET3"},
			}})
			r.read("/", 200)
			request, response := log.turns[0], strings.Join(log.turns[1:], "")
			if show {
				if !strings.Contains(request, secretRequest) || response != secretResponse {
					t.Fatalf("not shown: %q, %q", request, response)
				}
				continue
			}
			if strings.Contains(request+response, "SECRET") || strings.Count(request+response, "plain") != 3 {
				t.Fatalf("cut at %d: %q, %q", cut, request, response)
			}
			if len(response) != len(secretResponse) || !strings.Contains(response, "\r\nSet-Cookie:*****") {
				t.Fatalf("cut at %d: %q", cut, response)
			}
		}
	}
}

// TraceFile writes one file for each connection, for its owner only.
func TestContractTraceFile(t *testing.T) {
	dir := t.TempDir()
	hook, done, err := dugong.TraceFile(filepath.Join(dir, "trace-%d.txt"))
	if err != nil {
		t.Fatal(err)
	}
	connections := 0
	both(t, dugong.Config{Trace: hook}, func(r *rig) { r.exchange("/a", "/a"); connections++ }, serving(1))
	if err := done(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "trace-*.txt"))
	if err != nil || len(files) != connections {
		t.Fatalf("%v, %v", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil || !strings.HasPrefix(string(text), "GET /a HTTP/1.1\r\n") || !strings.HasSuffix(string(text), ok([]byte("/a"))) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if info, err := os.Stat(name); err != nil || os.PathSeparator == '/' && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if _, _, err := dugong.TraceFile(""); err == nil {
		t.Error("an empty name is taken")
	}
}

// Without %d all connections go to one file; an error of writing comes from close.
func TestContractTraceFileErrors(t *testing.T) {
	connections := 0
	one := filepath.Join(t.TempDir(), "all.txt")
	for _, name := range []string{one, filepath.Join(one, "not-a-folder", "%d")} {
		hook, done, err := dugong.TraceFile(name)
		if err != nil {
			t.Fatal(err)
		}
		connections = 0
		both(t, dugong.Config{Trace: hook}, func(r *rig) { r.exchange("/a", "/a"); connections++ }, serving(1))
		if err := done(); (err == nil) != (name == one) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, err := os.ReadFile(one); err != nil || strings.Count(string(text), "GET /a HTTP/1.1\r\n") != connections {
		t.Errorf("%q, %v", text, err)
	}
}
