//go:build interop

package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The documents that every server serves under /f/, random but the same in
// every run.
var documents = map[string][]byte{
	"0.bin":   {},
	"100.bin": noise(1, 100),
	"10k.bin": noise(2, 10<<10),
	"1m.bin":  noise(3, 1<<20),
}

// kinds is how many small documents there are that differ, so that answers in
// a wrong order are noticed.
const kinds = 17

func init() {
	for i := range kinds {
		documents[kind(i)] = noise(byte(100+i), 80+i)
	}
}

func kind(i int) string { return fmt.Sprintf("k%d.bin", i%kinds) }

func noise(seed byte, n int) []byte {
	p := make([]byte, n)
	rand.NewChaCha8([32]byte{seed}).Read(p)
	return p
}

func sum(p []byte) string {
	s := sha256.Sum256(p)
	return hex.EncodeToString(s[:])
}

// modified is when all documents were last modified.
var modified = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// writeDocuments puts the documents into root/f, readable by the users that
// servers run as.
func writeDocuments(t testing.TB, root string) {
	t.Helper()
	dir := filepath.Join(root, "f")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, p := range documents {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, p, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, modified, modified); err != nil {
			t.Fatal(err)
		}
	}
}

// publicDir is like t.TempDir, but other users may look into it: servers that
// are started by root give their rights away.
func publicDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "interop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() && os.Getenv("DUGONG_KEEP") != "" {
			t.Logf("kept: %s", dir)
			return
		}
		os.RemoveAll(dir)
	})
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func readText(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
