package fetch

import (
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// listing is what a folder holds.
func listing(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	f := &File{Path: filepath.Join(dir, "doc")}
	begin := func() io.Writer {
		w, err := f.Begin(Head{Status: 200})
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	io.WriteString(begin(), "a part")
	if names := listing(t, dir); !strings.HasPrefix(names, "doc.") || !strings.HasSuffix(names, ".part") {
		t.Errorf("while it is written: %q", names)
	}
	if f.Abort(); listing(t, dir) != "" || f.Written() {
		t.Errorf("after Abort: %q", listing(t, dir))
	}
	io.WriteString(begin(), "all of it")
	if err := f.Commit(); err != nil || !f.Written() {
		t.Fatal(err)
	}
	got, err := os.ReadFile(f.Path)
	if string(got) != "all of it" || err != nil || listing(t, dir) != "doc" {
		t.Errorf("%q, %v, %q", got, err, listing(t, dir))
	}
	f.Abort() // does nothing any more
}

func TestFileOfOtherStatus(t *testing.T) {
	dir := t.TempDir()
	f := &File{Path: filepath.Join(dir, "doc")}
	for _, status := range []int{199, 301, 404, 500} {
		if w, err := f.Begin(Head{Status: status}); w != nil || err != nil {
			t.Errorf("%d: %v, %v", status, w, err)
		}
	}
	f.Errors = true
	if w, err := f.Begin(Head{Status: 404}); w == nil || err != nil {
		t.Errorf("%v, %v", w, err)
	}
	f.Abort()
	if listing(t, dir) != "" {
		t.Error(listing(t, dir))
	}
}

// A Commit that fails leaves nothing.
func TestCommitFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "doc")
	f := &File{Path: path}
	if _, err := f.Begin(Head{Status: 200}); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if f.Commit() == nil || f.Written() || listing(t, dir) != "doc" {
		t.Error(listing(t, dir))
	}
}

func TestCheckFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "", filepath.Join(dir, "new"): "", dir: "it is a directory; name a file", filepath.Join(file, "below"): "a file in a folder that can be written", os.DevNull: "it is not a regular file"} {
		if runtime.GOOS == "windows" && path != dir {
			continue
		}
		err := CheckFile(path)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}

func TestCheckDir(t *testing.T) {
	dir := t.TempDir()
	if err := CheckDir(dir); err != nil || listing(t, dir) != "" {
		t.Errorf("%v, %q", err, listing(t, dir))
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{file, filepath.Join(file, "below"), filepath.Join(dir, "missing")} {
		if err := CheckDir(bad); err == nil || !strings.Contains(err.Error(), "no file can be made in this directory") {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if listing(t, dir) != "file" {
		t.Error(listing(t, dir))
	}
}
