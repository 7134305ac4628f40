package dugonghttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
)

// unreliable is a server that closes, stalls and errs at random, and notes
// which requests that must not be repeated it has seen.
type unreliable struct {
	mu    sync.Mutex
	seen  map[string]int
	calls atomic.Int64
}

func (s *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.calls.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if r.Method == "POST" {
		s.mu.Lock()
		s.seen[r.Header.Get("X-Id")]++
		s.mu.Unlock()
	}
	switch {
	case n%53 == 0:
		panic(http.ErrAbortHandler) // the connection is closed without a word
	case n%97 == 0:
		w.Header().Set("Connection", "close")
	case n%101 == 0:
		time.Sleep(5 * time.Millisecond)
	}
	size, _ := strconv.Atoi(r.FormValue("size"))
	data := append(content(r.Header.Get("X-Id"), size), body...)
	sum := sha256.Sum256(data)
	w.Header().Set("X-Sum", hex.EncodeToString(sum[:]))
	w.Header().Set("X-For", r.Header.Get("X-Id"))
	switch r.FormValue("kind") {
	case "204":
		w.WriteHeader(204)
		return
	case "304":
		w.WriteHeader(304)
		return
	case "chunked":
		w.Header().Set("Trailer", "X-End")
		w.(http.Flusher).Flush()
		defer w.Header().Set("X-End", "yes")
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	if n%151 == 0 && len(data) > 1 {
		w.Write(data[:len(data)/2])
		panic(http.ErrAbortHandler)
	}
	w.Write(data)
}

func content(id string, n int) []byte {
	return bytes.Repeat([]byte(id+"."), n/(len(id)+1)+1)[:n]
}

// Every request ends once, with the body that is its own or with an error that
// says what is known; and what must not be repeated is not.
func TestManyMixedRequests(t *testing.T) {
	const workers = 200
	s := &unreliable{seen: map[string]int{}}
	srv := httptest.NewServer(s)
	defer srv.Close()
	srv.Config.ErrorLog = quiet()
	for depth, total := range map[int]int{0: 10_000, 8: 3000} {
		if testing.Short() {
			total /= 5
		}
		tr := &dugonghttp.Transport{Depth: depth, MaxConnsPerHost: 32, MaxIdleConnsPerHost: 32}
		c := client(t, tr)
		var next, good, bad atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for {
					n := next.Add(1)
					if n > int64(total) {
						return
					}
					if err := mixed(t, c, srv.URL, fmt.Sprint(depth, "-", n)); err != nil {
						bad.Add(1)
						typed(t, err)
					} else {
						good.Add(1)
					}
				}
			})
		}
		wg.Wait()
		tr.CloseIdleConnections()
		if good.Load()+bad.Load() != int64(total) || good.Load() < int64(total)*3/4 {
			t.Errorf("depth %d: %d of %d were answered, %d failed", depth, good.Load(), total, bad.Load())
		}
	}
	for id, n := range s.seen {
		if n > 1 {
			t.Errorf("the POST %s was sent %d times", id, n)
		}
	}
}

// typed: an error is one of ours or of a context, and a body that was cut off
// says so.
func typed(t *testing.T, err error) {
	var e *dugonghttp.Error
	var d *dugong.Error
	if !errors.As(err, &e) && !errors.As(err, &d) && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, context.Canceled) {
		t.Errorf("an untyped error: %#v", err)
	}
}

// mixed sends one request of some kind and checks what comes back.
func mixed(t *testing.T, c *http.Client, url, id string) error {
	r := rand.New(rand.NewPCG(uint64(len(id)), uint64(id[len(id)-1])<<8+uint64(id[len(id)/2])))
	method := []string{"GET", "GET", "GET", "HEAD", "POST", "PUT"}[r.IntN(6)]
	kind := []string{"", "", "chunked", "204", "304"}[r.IntN(5)]
	size := []int{0, 1, 100, 100, 5000, 60_000, 300_000}[r.IntN(7)]
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	canceled := r.IntN(20) == 0
	if canceled {
		defer time.AfterFunc(time.Duration(r.IntN(3000))*time.Microsecond, cancel).Stop()
	}
	var up []byte
	var body io.Reader
	if method[0] == 'P' {
		up = content("up"+id, 10+r.IntN(40_000))
		if body = bytes.NewReader(up); r.IntN(2) == 0 {
			body = io.MultiReader(body) // of unknown length
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("%s/?size=%d&kind=%s", url, size, kind), body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Id", id)
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if resp.Header.Get("X-For") != id {
		t.Errorf("%s %s got the answer to %q", method, id, resp.Header.Get("X-For"))
	}
	if err != nil {
		return err
	}
	want := append(content(id, size), up...)
	if method == "HEAD" || resp.StatusCode == 204 || resp.StatusCode == 304 {
		want = nil
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s %s %s: a body of %d octets that are not the %d right ones", method, id, kind, len(got), len(want))
	}
	if kind == "chunked" && method != "HEAD" && resp.Trailer.Get("X-End") != "yes" {
		t.Errorf("%s %s: the trailer is missing: %v", method, id, resp.Trailer)
	}
	return nil
}
