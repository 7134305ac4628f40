package dugong_test

import (
	"bufio"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// crypto/tls cannot be made to send a KeyUpdate or to ask for a renegotiation.
// openssl can: `openssl s_server` takes a command from its standard input when
// that is the first letter of what it reads at once, and sends the rest as data.

// An sServer is a running openssl s_server with a connection from us.
type sServer struct {
	t      *testing.T
	addr   string
	in     io.WriteCloser
	lines  chan string // of its output, closed at its end
	exited chan struct{}
}

func startOpenSSL(t *testing.T, version string) *sServer {
	t.Helper()
	for _, program := range []string{"openssl", "stdbuf"} { // what it says is to come line by line
		if _, err := exec.LookPath(program); err != nil {
			wiretest.Lacking(t, "openssl", err)
		}
	}
	f := wiretest.WritePEM(t, t.TempDir())
	cmd := exec.Command("stdbuf", "-oL", "openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", f.Cert, "-key", f.Key, version)
	s := &sServer{t: t, lines: make(chan string, 1000), exited: make(chan struct{})}
	out, w := io.Pipe()
	cmd.Stdout, cmd.Stderr = w, w
	var err error
	if s.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { cmd.Wait(); w.Close(); close(s.exited) }()
	go func() {
		defer close(s.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			s.lines <- scan.Text()
		}
	}()
	var stop sync.Once
	t.Cleanup(func() {
		stop.Do(func() {
			cmd.Process.Kill()
			<-s.exited
			for range s.lines {
			}
		})
	})
	s.addr = strings.TrimPrefix(s.until("ACCEPT"), "ACCEPT ")
	return s
}

// until reads the output up to the line with this text.
func (s *sServer) until(text string) string {
	s.t.Helper()
	var seen []string
	for line := range s.lines {
		if seen = append(seen, line); strings.Contains(line, text) {
			return line
		}
	}
	s.t.Fatalf("openssl ended without saying %q but:\n%s", text, strings.Join(seen, "\n"))
	return ""
}

// say writes at once, so that the first letter is a command or none is.
func (s *sServer) say(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.in, text); err != nil {
		s.t.Fatal(err)
	}
}

// answer waits for the request and answers it.
func (s *sServer) answer(path, body string) {
	s.t.Helper()
	s.until("GET " + path + " ")
	s.say(ok([]byte(body)))
}

func (s *sServer) rig(t *testing.T) *rig {
	return newRig(t, wiretest.TLS, s.addr, dugong.Config{})
}

// KeyUpdate, with and without a request for ours (RFC 8446 section 4.6.3), on an
// idle connection, before an answer and in the middle of one.
func TestFaultsKeyUpdate(t *testing.T) {
	for _, key := range []string{"k", "K"} {
		t.Run(key, func(t *testing.T) {
			s := startOpenSSL(t, "-tls1_3")
			r := s.rig(t)
			r.get("/a")
			s.answer("/a", "first")
			r.wantBody(r.read("/a", 200), []byte("first"))
			s.command(key, "SSL_do_handshake -> 1")
			r.get("/b") // on the idle connection
			s.until("GET /b ")
			s.command(key, "SSL_do_handshake -> 1")
			s.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
			resp := r.read("/b", 200)
			half := make([]byte, 5)
			if _, err := io.ReadFull(resp.Body, half); err != nil || string(half) != "hello" {
				t.Fatalf("%q, %v", half, err)
			}
			s.command(key, "SSL_do_handshake -> 1")
			s.say("there")
			r.wantBody(resp, []byte("there"))
			for i := range 20 {
				s.command(key, "SSL_do_handshake -> 1")
				path := fmt.Sprint("/", i)
				r.get(path)
				s.answer(path, path)
				r.wantBody(r.read(path, 200), []byte(path))
			}
			tally(t, "KeyUpdates by openssl", 23)
		})
	}
}

func (s *sServer) command(key, done string) {
	s.t.Helper()
	s.say(key + "\n")
	s.until(done)
}

// A renegotiation is refused (TLS 1.2): while an answer is awaited the request
// may have been processed, on an idle connection the next one is not sent.
func TestFaultsRenegotiation(t *testing.T) {
	t.Run("awaiting an answer", func(t *testing.T) {
		s := startOpenSSL(t, "-tls1_2")
		r := s.rig(t)
		r.get("/a")
		s.until("GET /a ")
		s.say("R\n")
		_, err := r.ReadResponse(r.ctx)
		e := r.wantErr(err, dugong.ErrTLS)
		if e.Fault != dugong.FaultPeer || e.MaybeProcessed != 1 || e.NotProcessed != 0 || !strings.Contains(e.Error(), "renegotiation") {
			t.Errorf("%v: fault %s", e, e.Fault)
		}
	})
	t.Run("idle", func(t *testing.T) {
		s := startOpenSSL(t, "-tls1_2")
		r := s.rig(t)
		r.get("/a")
		s.answer("/a", "first")
		r.wantBody(r.read("/a", 200), []byte("first"))
		s.command("R", "SSL_do_handshake -> ")
		e := r.refuses(get("/b"), dugong.ErrTLS)
		if e.MaybeProcessed+e.NotProcessed != 0 || len(r.Unanswered()) != 0 {
			t.Errorf("%v", e)
		}
		r.Close()
		io.WriteString(s.in, "Q\n") // unless it has ended with its only connection
		for line := range s.lines {
			if strings.Contains(line, "GET /b") {
				t.Error("the request was sent")
			}
		}
	})
	tally(t, "renegotiations by openssl", 2)
}
