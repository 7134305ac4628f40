package wiretest

import (
	"bufio"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// crypto/tls cannot be made to send a KeyUpdate or to ask for a renegotiation.
// openssl can: `openssl s_server` takes a command from its standard input when
// that is the first letter of what it reads at once, and sends the rest as data.

// An OpenSSL is a running openssl s_server that takes one connection and ends
// with the test.
type OpenSSL struct {
	Addr string // host:port

	t      testing.TB
	in     io.WriteCloser
	lines  chan string // of its output, closed at its end
	exited chan struct{}
}

// StartOpenSSL starts one with further arguments, as "-tls1_3". The test is
// skipped where there is none, unless DUGONG_REQUIRE asks for it.
func StartOpenSSL(t testing.TB, args ...string) *OpenSSL {
	t.Helper()
	for _, program := range []string{"openssl", "stdbuf"} { // what it says is to come line by line
		if _, err := exec.LookPath(program); err != nil {
			Lacking(t, "openssl", err)
		}
	}
	f := WritePEM(t, t.TempDir())
	cmd := exec.Command("stdbuf", append([]string{"-oL", "openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", f.Cert, "-key", f.Key}, args...)...)
	s := &OpenSSL{t: t, lines: make(chan string, 1000), exited: make(chan struct{})}
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
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-s.exited
		for range s.lines {
		}
	})
	s.Addr = strings.TrimPrefix(s.Until("ACCEPT"), "ACCEPT ")
	return s
}

// Until reads its output up to the line with this text, and gives that line.
func (s *OpenSSL) Until(text string) string {
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

// Say writes to its standard input at once, so that the first letter is a
// command or none is.
func (s *OpenSSL) Say(text string) {
	s.t.Helper()
	if err := s.TrySay(text); err != nil {
		s.t.Fatal(err)
	}
}

// TrySay is Say to one that may have ended by now.
func (s *OpenSSL) TrySay(text string) error {
	_, err := io.WriteString(s.in, text)
	return err
}

// Command gives a command, and waits for what it says when it is done.
func (s *OpenSSL) Command(key, done string) {
	s.t.Helper()
	s.Say(key + "\n")
	s.Until(done)
}

// Rest gives the lines that are left until its end.
func (s *OpenSSL) Rest() []string {
	var rest []string
	for line := range s.lines {
		rest = append(rest, line)
	}
	return rest
}
