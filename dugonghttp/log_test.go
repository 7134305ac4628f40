package dugonghttp_test

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// falls makes an origin lose its pipelining, which is what there is to log.
func falls(t *testing.T, tr *dugonghttp.Transport) {
	t.Helper()
	old := func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			p.Send(strings.Replace(ok(r.Target), "HTTP/1.1 200 OK\r\n", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n", 1))
		}
	}
	bubble(t, tr, &network{rest: old}, func(t *testing.T, b *asker) {
		b.ask("http://h.example/a")
		b.ask("http://h.example/b")
		b.well("/a", "/b")
		if o := tr.Origins(); len(o) != 1 || o[0].NotPipelined == "" {
			t.Errorf("nothing happened to the origin: %+v", o)
		}
	})
}

// caught gives what f writes to the default loggers of log and log/slog, and to
// the two outputs of the process.
func caught(t *testing.T, f func()) string {
	t.Helper()
	out, err := os.CreateTemp(t.TempDir(), "out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	was, stdout, stderr := slog.Default(), os.Stdout, os.Stderr
	defer func() {
		slog.SetDefault(was)
		os.Stdout, os.Stderr = stdout, stderr
	}()
	os.Stdout, os.Stderr = out, out
	slog.SetDefault(slog.New(slog.NewTextHandler(out, &slog.HandlerOptions{Level: slog.LevelDebug - 100}))) // log goes there too
	f()
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Without a Logger nothing is written anywhere, not by slog's default either.
func TestSilentByDefault(t *testing.T) {
	if s := caught(t, func() { falls(t, &dugonghttp.Transport{}) }); s != "" {
		t.Errorf("it says %q", s)
	}
	if s := caught(t, func() { slog.Debug("heard") }); !strings.Contains(s, "heard") {
		t.Errorf("the test itself does not hear what slog's default says: %q", s)
	}
}

// A Logger gets one line for it, and nobody else does.
func TestLoggerIsTold(t *testing.T) {
	var log bytes.Buffer
	tr := &dugonghttp.Transport{Logger: slog.New(slog.NewTextHandler(&log, nil))}
	if s := caught(t, func() { falls(t, tr) }); s != "" {
		t.Errorf("it says %q elsewhere", s)
	}
	s := log.String()
	for _, want := range []string{"level=INFO", "dugonghttp: pipelining given up", "origin=h.example:80", "HTTP/1.0"} {
		if !strings.Contains(s, want) {
			t.Errorf("the log has no %q: %q", want, s)
		}
	}
	if strings.Count(s, "\n") != 1 {
		t.Errorf("the log says %q, want one line", s)
	}
}
