package dugonghttp_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// unreliable is a server that closes, stalls and errs at random, and notes how
// often it has seen each request that must not be repeated.
type unreliable struct {
	url string

	mu   sync.Mutex
	r    *rand.Rand
	seen map[string]int
}

// Whatever the transport does, the log of an unreliable server shows no POST
// twice, and nobody gets what is not his.
func TestMixedRequestsToAnUnreliableServer(t *testing.T) {
	for _, c := range []struct{ depth, total int }{{0, 10_000}, {8, 3000}, {1, 2000}} {
		s := &unreliable{r: rand.New(rand.NewPCG(seedOf(t), 0)), seen: map[string]int{}}
		srv := httptest.NewUnstartedServer(s)
		srv.Config.ErrorLog = quiet()
		srv.Start()
		s.url = srv.URL
		sendMixed(t, s, c.depth, c.total)
		srv.Close()
		posts := 0
		for id, n := range s.seen {
			if posts++; n > 1 {
				t.Errorf("the POST %s was received %d times", id, n)
			}
		}
		if posts == 0 {
			t.Error("the server has seen no POST at all")
		}
	}
}

// mood decides what the server does this time.
type mood struct {
	abort, late, close, refuse bool
	cut                        bool
	stall                      time.Duration
}

func (s *unreliable) mood(r *http.Request) (m mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == "POST" {
		s.seen[r.Header.Get("X-Id")]++
	}
	switch s.r.IntN(300) {
	case 0:
		m.abort = true // before the body is read
	case 1, 2:
		m.late = true // after it
	case 3, 4, 5:
		m.close = true
	case 6:
		m.refuse = true
	case 7, 8:
		m.cut = true
	case 9, 10, 11, 12:
		m.stall = time.Duration(s.r.IntN(10)) * time.Millisecond
	case 13:
		m.stall = 300 * time.Millisecond // longer than who is behind waits
	}
	return m
}

func (s *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m := s.mood(r)
	if m.abort {
		panic(http.ErrAbortHandler) // the connection is closed without a word
	}
	w.Header().Set("X-For", r.Header.Get("X-Id"))
	if m.refuse { // without having read the body
		w.Header().Set("Connection", "close")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	up, err := io.ReadAll(r.Body)
	if m.late || err != nil {
		panic(http.ErrAbortHandler)
	}
	if m.stall > 0 {
		select {
		case <-time.After(m.stall):
		case <-r.Context().Done():
		}
	}
	if m.close {
		w.Header().Set("Connection", "close")
	}
	w.Header().Set("X-Trailer", r.Trailer.Get("X-Up"))
	s.answer(w, r, up, m.cut)
}

func (s *unreliable) answer(w http.ResponseWriter, r *http.Request, up []byte, cut bool) {
	size, _ := strconv.Atoi(r.FormValue("size"))
	data := append(content(r.Header.Get("X-Id"), size), up...)
	switch r.FormValue("kind") {
	case "204":
		w.WriteHeader(http.StatusNoContent)
		return
	case "304":
		w.WriteHeader(http.StatusNotModified)
		return
	case "gzip":
		w.Header().Set("Content-Encoding", "gzip")
		data = packed(data)
	case "chunked":
		w.Header().Set("Trailer", "X-End")
		w.(http.Flusher).Flush()
		defer w.Header().Set("X-End", "yes")
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	}
	if cut && len(data) > 1 && r.Method != "HEAD" {
		w.Write(data[:len(data)/2])
		panic(http.ErrAbortHandler)
	}
	w.Write(data)
}

func packed(data []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	z.Write(data)
	z.Close()
	return b.Bytes()
}

func (s *unreliable) ask(r *rand.Rand, id string) *question {
	q := &question{method: []string{"GET", "GET", "GET", "GET", "HEAD", "POST", "PUT"}[r.IntN(7)], header: http.Header{}}
	kind := []string{"", "", "chunked", "gzip", "204", "304"}[r.IntN(6)]
	size := someSize(r)
	q.url = fmt.Sprintf("%s/?size=%d&kind=%s", s.url, size, kind)
	if kind == "gzip" && r.IntN(2) == 0 {
		q.header.Set("Range", "bytes=0-") // which turns the asking by itself off
		q.header.Set("Accept-Encoding", "identity")
		q.url = fmt.Sprintf("%s/?size=%d&kind=", s.url, size)
		kind = ""
	}
	var up []byte
	trailer := ""
	if q.method[0] == 'P' {
		up = content("up"+id, someSize(r))
		switch q.body = bytes.NewReader(up); r.IntN(3) {
		case 0:
			q.body = io.MultiReader(q.body) // of unknown length
			q.trailer, trailer = http.Header{"X-Up": {id}}, id
		case 1:
			q.header.Set("Expect", "100-continue")
		}
	}
	q.right = func(resp *http.Response) ([]byte, error) {
		switch {
		case resp.Header.Get("X-For") != id:
			return nil, fmt.Errorf("got the answer to %q", resp.Header.Get("X-For"))
		case resp.StatusCode == http.StatusServiceUnavailable:
			return nil, nil
		case resp.Header.Get("X-Trailer") != trailer:
			return nil, fmt.Errorf("the server saw the trailer %q, want %q", resp.Header.Get("X-Trailer"), trailer)
		case q.method == "HEAD" || kind == "204" || kind == "304":
			return nil, nil
		}
		return append(content(id, size), up...), nil
	}
	q.also = func(resp *http.Response) error {
		if kind == "chunked" && q.method != "HEAD" && resp.StatusCode == http.StatusOK && resp.Trailer.Get("X-End") != "yes" {
			return fmt.Errorf("the trailer is missing: %v", resp.Trailer)
		}
		return nil
	}
	return q
}
