package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dugong-http/dugong/internal/origin"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

// An outcome is what a run of the command left.
type outcome struct {
	code     int
	out, err string
}

// dugongCmd runs the command with this standard input.
func dugongCmd(in string, args ...string) outcome {
	var out, errOut bytes.Buffer
	code := run(args, strings.NewReader(in), &out, &errOut)
	return outcome{code, out.String(), errOut.String()}
}

// within runs it with a context of the test's.
func within(ctx context.Context, args ...string) outcome {
	var out, errOut bytes.Buffer
	code := runContext(ctx, args, streams{strings.NewReader(""), &out, &errOut})
	return outcome{code, out.String(), errOut.String()}
}

// want checks the code, and that the texts are in what was said.
func (o outcome) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d", o.code, code)
	}
	for _, text := range texts {
		if !strings.Contains(o.out+o.err, text) {
			t.Errorf("%q is not in what it said", text)
		}
	}
	if t.Failed() {
		t.Logf("stdout:\n%s\nstderr:\n%s", o.out, o.err)
	}
}

// serve starts an origin server with so many documents of 1000 octets.
func serve(t *testing.T, docs int, more ...func(*origin.Config)) (*origin.Server, *origin.Documents) {
	t.Helper()
	c := origin.Config{Addr: "127.0.0.1:0", Documents: &origin.Documents{Count: docs, Size: 1000}}
	for _, f := range more {
		f(&c)
	}
	s, err := origin.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, c.Documents
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// listing is what a folder holds.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func readReport(t *testing.T, path string) (r report) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, path)), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// a temporary folder with a list, a report and a folder for the documents.
type bench struct{ list, report, dir string }

func newBench(t *testing.T, urls ...string) bench {
	t.Helper()
	top := t.TempDir()
	b := bench{filepath.Join(top, "list"), filepath.Join(top, "report.json"), filepath.Join(top, "out")}
	write(t, b.list, strings.Join(urls, "\n")+"\n")
	if err := os.Mkdir(b.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}
