package reverseproxy_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/examples/thirdparty/internal/watch"
)

// A client that goes away while others wait behind it on the same connection
// to the backend does them no harm.
func TestClientGoesAway(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, deep int) {
		tr.MaxConnsPerHost = 1
		begun, goOn := make(chan bool, 1), make(chan bool)
		backend := watch.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				begun <- true
				select {
				case <-goOn:
				case <-r.Context().Done():
				}
			}
			io.WriteString(w, r.URL.Path)
		}))
		base, c := front(t, tr, backend)
		ask := func(ctx context.Context, path string) (string, error) {
			req, err := http.NewRequestWithContext(ctx, "GET", base+path, nil)
			if err != nil {
				return "", err
			}
			resp, err := c.Do(req)
			if err != nil {
				return "", err
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			return string(b), err
		}
		for range 4 {
			if _, err := ask(t.Context(), "/first"); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		slow, behind := make(chan error, 1), make(chan string, 1)
		go func() {
			_, err := ask(ctx, "/slow")
			slow <- err
		}()
		<-begun
		go func() {
			body, err := ask(t.Context(), "/behind")
			behind <- fmt.Sprint(body, err)
		}()
		if deep > 1 {
			backend.Await(2)
		}
		cancel()
		if err := <-slow; !errors.Is(err, context.Canceled) {
			t.Errorf("the client that went away: %v", err)
		}
		close(goOn)
		if got := <-behind; got != "/behind<nil>" {
			t.Errorf("the one behind it: %s", got)
		}
	})
}

// The backend dies in the middle of a request: what is idempotent is sent
// again and succeeds, a POST is not sent twice and fails with 502.
func TestBackendDies(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		var posts, gets atomic.Int32
		backend := watch.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.Method == "POST":
				posts.Add(1)
				panic(http.ErrAbortHandler)
			case r.URL.Path == "/dies" && gets.Add(1) == 1:
				panic(http.ErrAbortHandler)
			}
			io.WriteString(w, r.URL.Path)
		}))
		base, c := front(t, tr, backend)
		status := func(resp *http.Response, err error) string {
			if err != nil {
				return err.Error()
			}
			defer resp.Body.Close()
			b, err := io.ReadAll(resp.Body)
			return fmt.Sprint(resp.StatusCode, " ", string(b), " ", err)
		}
		for _, path := range []string{"/first", "/dies"} {
			if got := status(c.Get(base + path)); got != "200 "+path+" <nil>" {
				t.Errorf("%s: got %s", path, got)
			}
		}
		if got := status(c.Post(base+"/order", "text/plain", strings.NewReader("one"))); got != "502  <nil>" {
			t.Errorf("POST: got %s, want 502", got)
		}
		if posts.Load() != 1 || gets.Load() != 2 {
			t.Errorf("the backend saw %d POSTs and %d GETs, want 1 and 2", posts.Load(), gets.Load())
		}
	})
}

// A backend that cannot be reached gives a 503: nothing was processed.
func TestNoBackend(t *testing.T) {
	refused := errors.New("refused")
	tr := &dugonghttp.Transport{DialContext: watch.Refuse(refused)}
	base, c := front(t, tr, &watch.Server{URL: "http://127.0.0.1:1"})
	resp, err := c.Post(base, "text/plain", strings.NewReader("one"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("got %s, want 503", resp.Status)
	}
}

// After 101 the octets of both sides pass through.
func TestUpgrade(t *testing.T) {
	watch.EachDepth(t, func(t *testing.T, tr *dugonghttp.Transport, _ int) {
		backend := watch.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "Upgrade")
			w.Header().Set("Upgrade", "shout")
			w.WriteHeader(http.StatusSwitchingProtocols)
			conn, buf, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			for {
				line, err := buf.ReadString('\n')
				if err != nil {
					return
				}
				io.WriteString(conn, strings.ToUpper(line))
			}
		}))
		base, c := front(t, tr, backend)
		req, err := http.NewRequestWithContext(t.Context(), "GET", base, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "shout")
		resp, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		conn, ok := resp.Body.(io.ReadWriteCloser)
		if !ok || resp.StatusCode != 101 {
			t.Fatalf("got %s and a %T", resp.Status, resp.Body)
		}
		answers := bufio.NewReader(conn)
		for _, word := range []string{"one\n", "two\n"} {
			if _, err := io.WriteString(conn, word); err != nil {
				t.Fatal(err)
			}
			if got, err := answers.ReadString('\n'); got != strings.ToUpper(word) {
				t.Errorf("got %q, %v", got, err)
			}
		}
	})
}
