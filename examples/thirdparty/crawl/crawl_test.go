package crawl_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/examples/thirdparty/crawl"
	"github.com/dugong-http/dugong/examples/thirdparty/internal/watch"
)

const pages = 120

// page is the page of a number. It links to eight others, and three of the
// pages link to one that is missing.
func page(n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<html><body><p>%x</p>", watch.Bytes(strconv.Itoa(n), 10*n))
	for to := 8*n + 1; to <= 8*n+8 && to < pages; to++ {
		fmt.Fprintf(&b, `<a href="/%d">%d</a>`, to, to)
	}
	if n%40 == 7 {
		fmt.Fprintf(&b, `<a href="/missing/%d">gone</a>`, n)
	}
	b.WriteString("</body></html>")
	return b.String()
}

// A site counts how often each path is asked for. The first request for a path
// in lose ends its connection.
type site struct {
	mu   sync.Mutex
	seen map[string]int
	lose map[string]bool
	hold func() // called when the first page is asked for
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen[r.URL.Path]++
	lose := s.lose[r.URL.Path]
	delete(s.lose, r.URL.Path)
	s.mu.Unlock()
	n, err := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/"))
	if err == nil && n == 0 {
		s.hold()
	}
	switch {
	case lose:
		panic(http.ErrAbortHandler)
	case err != nil:
		http.NotFound(w, r)
	default:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, page(n))
	}
}

// run crawls s and checks what was found.
func run(t *testing.T, s *site, tr *dugonghttp.Transport, deep int) *watch.Server {
	server := watch.Serve(t, s)
	for i := range 4 { // so that an automatic depth has begun to grow
		resp, err := (&http.Client{Transport: tr}).Get(server.URL + "/first/" + strconv.Itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	s.hold = func() { server.Hold(deep) }
	u, err := url.Parse(server.URL + "/0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := crawl.Site(u, tr)
	if err != nil {
		t.Fatal(err)
	}
	for n := range pages {
		if path := fmt.Sprint("/", n); r.Pages[path] != page(n) {
			t.Errorf("%s: %d octets, not the page", path, len(r.Pages[path]))
		}
	}
	if len(r.Pages) != pages || len(r.Failed) != 3 {
		t.Errorf("%d pages and the failures %v; want %d and 3", len(r.Pages), r.Failed, pages)
	}
	return server
}

// All pages arrive, each is asked for once, over two connections.
func TestSite(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, deep int) {
		tr.MaxConnsPerHost = 2
		s := &site{seen: map[string]int{}}
		server := run(t, s, tr, deep)
		for path, n := range s.seen {
			if n != 1 {
				t.Errorf("%s was asked for %d times", path, n)
			}
		}
		if n := server.Conns(); n > 2 {
			t.Errorf("%d connections, want 2 at most", n)
		}
		server.CheckDepth(t, deep)
	})
}

// Two connections are lost on the way. The crawl is complete all the same.
func TestLosses(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		tr.MaxConnsPerHost = 2
		s := &site{seen: map[string]int{}, lose: map[string]bool{"/20": true, "/77": true}}
		run(t, s, tr, 0)
		if s.seen["/20"] < 2 || s.seen["/77"] < 2 {
			t.Errorf("the lost pages were asked for %d and %d times, want 2", s.seen["/20"], s.seen["/77"])
		}
	})
}
