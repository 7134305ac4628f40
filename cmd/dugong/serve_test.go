package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// serving runs "dugong serve" until the test ends and gives its URL.
func serving(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	out, w := io.Pipe()
	ended := make(chan int)
	var said strings.Builder
	go func() {
		defer close(ended)
		code := runContext(ctx, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...), streams{nil, w, &said})
		w.Close()
		ended <- code
	}()
	t.Cleanup(func() {
		cancel(errInterrupted)
		go io.Copy(io.Discard, out)
		if code := <-ended; code != exitOK || said.Len() > 0 {
			t.Errorf("serve ended with %d and said %q", code, said.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "serving on ")
	if err != nil || !ok {
		t.Fatalf("%q, %v", line, err)
	}
	go io.Copy(io.Discard, out)
	return url
}

func TestServe(t *testing.T) {
	url := serving(t, "--docs", "50", "--size", "3000", "--close-after", "7", "--rtt", "2ms")
	dir := t.TempDir()
	var args []string
	for i := range 50 {
		args = append(args, fmt.Sprintf("%s/doc/%02d", url, i))
	}
	// Numbers with a leading zero are no documents.
	dugongCmd("", append([]string{"get", "-q", "--dir", dir}, args[10:]...)...).want(t, exitOK)
	dugongCmd("", "get", "-q", "-o", filepath.Join(dir, "sums"), url+"/sums").want(t, exitOK)
	sums := read(t, filepath.Join(dir, "sums"))
	for _, name := range listing(t, dir) {
		if name != "sums" && !strings.Contains(sums, sumOf(read(t, filepath.Join(dir, name)))+"  "+name+"\n") {
			t.Errorf("document %s is wrong", name)
		}
	}
	if n := len(listing(t, dir)); n != 41 {
		t.Errorf("%d files", n)
	}
	dugongCmd("", "get", "-q", "--dir", dir, args[3]).want(t, exitStatus)
}

func TestServeDirOverTLS(t *testing.T) {
	files, top := t.TempDir(), t.TempDir()
	write(t, filepath.Join(files, "f"), "content")
	ca := filepath.Join(top, "ca.pem")
	url := serving(t, "--tls", "--cert-out", ca, files)
	if !strings.HasPrefix(url, "https://") {
		t.Error(url)
	}
	path := filepath.Join(top, "f")
	dugongCmd("", "get", "--cacert", ca, "-o", path, url+"/f").want(t, exitOK)
	if read(t, path) != "content" {
		t.Error(read(t, path))
	}
	// With a directory there are no synthetic documents unless asked for.
	dugongCmd("", "get", "--cacert", ca, "--dir", top, url+"/doc/0").want(t, exitStatus)
	if info, err := os.Stat(ca); err != nil || info.Size() == 0 {
		t.Error(info, err)
	}
}
