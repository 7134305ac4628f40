package origin

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func start(t *testing.T, c Config) (*Server, *http.Client) {
	t.Helper()
	c.Addr = "127.0.0.1:0"
	s, err := Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	tr := &http.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	return s, &http.Client{Transport: tr}
}

func get(t *testing.T, c *http.Client, url string) (*http.Response, string) {
	t.Helper()
	r, err := c.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

func sumOf(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func TestDocuments(t *testing.T) {
	for _, size := range []int64{0, 1, 7, 8, 9, 100_001} {
		s, c := start(t, Config{Documents: &Documents{Count: 3, Size: size}})
		_, sums := get(t, c, s.URL+"/sums")
		seen := map[string]bool{}
		for i := range 3 {
			r, body := get(t, c, fmt.Sprintf("%s/doc/%d", s.URL, i))
			if r.StatusCode != 200 || int64(len(body)) != size || r.ContentLength != size || r.Header.Get("X-Sha256") != sumOf(body) {
				t.Errorf("size %d: document %d: %d octets, %v", size, i, len(body), r)
			}
			if !strings.Contains(sums, fmt.Sprintf("%s  %d\n", sumOf(body), i)) {
				t.Errorf("not in the sums: %s", sums)
			}
			seen[body] = true
		}
		if size > 1 && len(seen) != 3 {
			t.Errorf("size %d: only %d of 3 documents differ", size, len(seen))
		}
		for _, path := range []string{"/doc/3", "/doc/-1", "/doc/01", "/doc/x", "/doc/", "/other"} {
			if r, _ := get(t, c, s.URL+path); r.StatusCode != 404 {
				t.Errorf("%s: %d", path, r.StatusCode)
			}
		}
	}
}

func TestDir(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "f"), []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, c := start(t, Config{Dir: dir})
	if r, body := get(t, c, s.URL+"/f"); r.StatusCode != 200 || body != "content" {
		t.Errorf("%d %q", r.StatusCode, body)
	}
	if r, _ := get(t, c, s.URL+"/../../etc/passwd"); r.StatusCode != 404 {
		t.Errorf("%d", r.StatusCode)
	}
}

// The limit counts the requests of each connection.
func TestCloseAfter(t *testing.T) {
	s, c := start(t, Config{Documents: &Documents{Count: 1}, CloseAfter: 3})
	for i := 1; i <= 6; i++ {
		if r, _ := get(t, c, s.URL+"/doc/0"); r.Close != (i%3 == 0) {
			t.Errorf("request %d: close %v", i, r.Close)
		}
	}
}

func TestTLSAndRTT(t *testing.T) {
	cfg, pem, err := NewCertificate("")
	if err != nil {
		t.Fatal(err)
	}
	s, c := start(t, Config{Documents: &Documents{Count: 1, Size: 5}, TLS: cfg, RTT: time.Millisecond})
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		t.Fatal("no certificate")
	}
	c.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: pool}
	if r, body := get(t, c, s.URL+"/doc/0"); r.TLS == nil || len(body) != 5 {
		t.Errorf("%v %q", r, body)
	}
}

// Answers on their way survive the close, though requests are left unread.
func TestCloseLosesNothing(t *testing.T) {
	const size = 10 << 20 // more than sockets buffer
	s, _ := start(t, Config{Documents: &Documents{Count: 1, Size: size}, CloseAfter: 1})
	c, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, strings.Repeat("GET /doc/0 HTTP/1.1\r\nHost: h\r\n\r\n", 1000))
	if n, err := io.Copy(io.Discard, c); n < size || err != nil {
		t.Errorf("%d octets, %v", n, err)
	}
}
