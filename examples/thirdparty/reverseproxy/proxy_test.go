package reverseproxy_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/examples/thirdparty/internal/watch"
	"github.com/dugong-http/dugong/examples/thirdparty/reverseproxy"
)

// front puts a proxy before a backend and returns a client that asks it.
func front(t *testing.T, tr *dugonghttp.Transport, backend *watch.Server) (base string, c *http.Client) {
	t.Helper()
	u, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(reverseproxy.New(u, tr))
	t.Cleanup(s.Close)
	return s.URL, s.Client()
}

// objects answers GET /object?size=N with octets that depend on the target,
// and POST with the checksum of the body, in a trailer too.
func objects(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.Header().Set("Trailer", "Digest")
		h := sha256.New()
		n, err := io.Copy(h, r.Body)
		fmt.Fprintf(w, "%d %x %v", n, h.Sum(nil), err)
		w.Header().Set("Digest", fmt.Sprintf("%x", h.Sum(nil)))
		return
	}
	n, err := strconv.Atoi(r.FormValue("size"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	w.Header().Set("Content-Length", strconv.Itoa(n))
	w.Write(watch.Bytes(r.RequestURI, n))
}

func wantObject(t *testing.T, c *http.Client, base, target string, size int) {
	t.Helper()
	target += "?size=" + strconv.Itoa(size)
	resp, err := c.Get(base + target)
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 || !bytes.Equal(body, watch.Bytes(target, size)) {
		t.Errorf("%s: %s, %d octets, %v: not the object", target, resp.Status, len(body), err)
	}
}

// Many clients, one connection to the backend: everybody gets what they asked
// for, and the backend sees requests before it has answered those ahead.
func TestManyClients(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, deep int) {
		tr.MaxConnsPerHost = 1
		backend := watch.Serve(t, http.HandlerFunc(objects))
		base, c := front(t, tr, backend)
		for i := range 4 {
			wantObject(t, c, base, fmt.Sprint("/first/", i), 100)
		}
		backend.Hold(deep)
		var wg sync.WaitGroup
		for i := range 64 {
			wg.Go(func() { wantObject(t, c, base, fmt.Sprint("/many/", i), 50*i) })
		}
		wg.Wait()
		if n, conns := backend.Requests(), backend.Conns(); n != 68 || conns != 1 {
			t.Errorf("the backend saw %d requests on %d connections, want 68 on 1", n, conns)
		}
		backend.CheckDepth(t, deep)
	})
}

// Large objects both ways at the same time, with trailer and early hints.
func TestLarge(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		backend := watch.Serve(t, http.HandlerFunc(objects))
		base, c := front(t, tr, backend)
		var wg sync.WaitGroup
		for i := range 2 {
			wg.Go(func() { wantObject(t, c, base, fmt.Sprint("/large/", i), 5<<20) })
			wg.Go(func() { upload(t, c, base, watch.Bytes(fmt.Sprint(i), 5<<20+i)) })
		}
		wg.Wait()
		if n := backend.Requests(); n != 4 {
			t.Errorf("the backend saw %d requests, want 4", n)
		}
		hints := earlyHints(t, c, base)
		if got := hints.Get("Link"); got != "</style.css>; rel=preload" {
			t.Errorf("103 (Early Hints) with Link %q", got)
		}
	})
}

// upload sends a body of unknown length, so it is chunked.
func upload(t *testing.T, c *http.Client, base string, body []byte) {
	resp, err := c.Post(base+"/upload", "application/octet-stream", io.MultiReader(bytes.NewReader(body)))
	if err != nil {
		t.Error(err)
		return
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	sum := fmt.Sprintf("%x", sha256.Sum256(body))
	if want := fmt.Sprint(len(body), " ", sum, " <nil>"); err != nil || string(got) != want {
		t.Errorf("the backend got %q, %v; want %q", got, err, want)
	}
	if got := resp.Trailer.Get("Digest"); got != sum {
		t.Errorf("trailer %q, want %q", got, sum)
	}
}

func earlyHints(t *testing.T, c *http.Client, base string) (hints textproto.MIMEHeader) {
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(status int, h textproto.MIMEHeader) error {
			if status == http.StatusEarlyHints {
				hints = h
			}
			return nil
		},
	})
	req, err := http.NewRequestWithContext(ctx, "HEAD", base+"/object?size=7", strings.NewReader(""))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ContentLength != 7 {
		t.Errorf("HEAD gave Content-Length %d, want 7", resp.ContentLength)
	}
	return hints
}
