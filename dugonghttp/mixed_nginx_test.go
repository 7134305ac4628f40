package dugonghttp_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// served is nginx with files, uploads and answers without a body. It ends a
// connection after 100 requests.
type served struct {
	url   string
	root  string
	sizes []int

	mu   sync.Mutex
	puts map[string][]byte // name and content of uploads that were confirmed
	sent int
}

const servedConfig = `
	client_max_body_size 16m; if_modified_since before;
	gzip on; gzip_min_length 1; gzip_types text/plain; gzip_comp_level 1; gzip_http_version 1.0;
	types { text/plain txt; }
	location /f/ { add_header X-For $http_x_id; }
	location /trailer/ { alias %s/f/; add_header X-For $http_x_id; add_trailer X-End yes; }
	location /up/ { dav_methods PUT; create_full_put_path on; add_header X-For $http_x_id always; }
	location /none { add_header X-For $http_x_id; return 204; }
	location /post { add_header X-For $http_x_id; return 200 "$http_x_id"; }
`

// Mixed requests to a server that is used everywhere.
func TestMixedRequestsToNginx(t *testing.T) {
	for _, c := range []struct{ depth, total int }{{0, 10_000}, {8, 3000}, {1, 2000}} {
		s := &served{root: t.TempDir(), puts: map[string][]byte{}}
		s.files(t)
		n := wiretest.StartNginx(t, wiretest.Nginx{Root: s.root, KeepaliveRequests: 100, Server: fmt.Sprintf(servedConfig, s.root)})
		s.url = "http://" + n.Addr
		sendMixed(t, s, c.depth, c.total)
		s.mu.Lock()
		for name, data := range s.puts {
			if got, err := os.ReadFile(filepath.Join(s.root, name)); err != nil || sha256.Sum256(got) != sha256.Sum256(data) {
				t.Errorf("%s was confirmed, and is not there as it was sent: %d octets of %d, %v", name, len(got), len(data), err)
			}
		}
		posts := map[string]int{}
		for _, l := range n.AccessLog(s.sent) {
			if strings.HasPrefix(l.Request, "POST ") {
				posts[l.Request]++
			}
		}
		for request, times := range posts {
			if times > 1 {
				t.Errorf("%s is %d times in the log", request, times)
			}
		}
		if len(posts) == 0 || len(s.puts) == 0 {
			t.Errorf("%d POSTs in the log and %d PUTs confirmed", len(posts), len(s.puts))
		}
		s.mu.Unlock()
	}
}

func (s *served) files(t *testing.T) {
	for _, dir := range []string{"f", "up"} {
		if err := os.Mkdir(filepath.Join(s.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i, size := range []int{1, 2, 100, 1000, 1460, 4096, 10_000, 65_536, 65_537, 200_000, 1 << 20, 5 << 20} {
		s.sizes = append(s.sizes, size)
		for _, ext := range []string{"bin", "txt"} {
			if err := os.WriteFile(filepath.Join(s.root, "f", fmt.Sprint(i, ".", ext)), content(fmt.Sprint("file", i), size), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func (s *served) ask(r *rand.Rand, id string) *question {
	i := min(r.IntN(len(s.sizes)), r.IntN(len(s.sizes))) // mostly small
	data := content(fmt.Sprint("file", i), s.sizes[i])
	q := &question{method: "GET", header: http.Header{}}
	status := http.StatusOK
	switch kind := r.IntN(10); kind {
	case 0, 1:
		q.url = fmt.Sprintf("/f/%d.bin", i)
	case 2: // chunked, and taken off by us
		q.url = fmt.Sprintf("/f/%d.txt", i)
	case 3: // chunked, with a trailer
		q.url = fmt.Sprintf("/trailer/%d.txt", i)
		q.also = func(resp *http.Response) error {
			if resp.Trailer.Get("X-End") != "yes" {
				return fmt.Errorf("the trailer is missing: %v", resp.Trailer)
			}
			return nil
		}
	case 4:
		q.method, q.url, data = "HEAD", fmt.Sprintf("/f/%d.bin", i), nil
	case 5:
		q.url, status, data = "/none", http.StatusNoContent, nil
	case 6:
		q.url, status, data = fmt.Sprintf("/f/%d.bin", i), http.StatusNotModified, nil
		q.header.Set("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")
	case 7, 8:
		q.method, q.url, data = "POST", "/post?id="+id, []byte(id)
		q.body = bytes.NewReader(content(id, someSize(r)))
	default:
		s.put(r, id, q)
		status, data = http.StatusCreated, nil
	}
	q.url = s.url + q.url
	q.right = func(resp *http.Response) ([]byte, error) {
		if resp.Header.Get("X-For") != id {
			return nil, fmt.Errorf("got the answer to %q", resp.Header.Get("X-For"))
		}
		if resp.StatusCode != status && (status != http.StatusCreated || resp.StatusCode != http.StatusNoContent) {
			return nil, fmt.Errorf("got %s", resp.Status)
		}
		s.mu.Lock()
		s.sent++
		s.mu.Unlock()
		return data, nil
	}
	return q
}

// put makes q an upload, sometimes of unknown length, sometimes with a question
// before.
func (s *served) put(r *rand.Rand, id string, q *question) {
	up := content(id, someSize(r))
	name := "/up/" + id
	q.method, q.url = "PUT", name
	switch q.body = bytes.NewReader(up); r.IntN(3) {
	case 0:
		q.body = io.MultiReader(q.body)
	case 1:
		q.header.Set("Expect", "100-continue")
	}
	q.also = func(*http.Response) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.puts[name] = up
		return nil
	}
}
