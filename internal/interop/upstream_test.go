//go:build interop

package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"
)

// An origin is Go's net/http with the documents below /f/ and these below /d/.
// It is a server under test, and what proxies, and servers that serve files
// only, have behind them.
type origin struct {
	root string
	// behind: it has a proxy before it, for which it reads also what it does
	// not want; otherwise the proxy would make a 502 of the refusal.
	behind bool
	// kick, if set, is called when somebody asks for /d/kick.
	kick func()
	mu   sync.Mutex
	log  strings.Builder
}

const (
	slowPiece  = 30 * time.Millisecond
	slowPieces = 5
)

var slowBody = strings.Repeat("slowly\n", slowPieces)

func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	fmt.Fprintln(&o.log, r.Method, r.URL)
	o.mu.Unlock()
	switch r.URL.Path {
	case "/d/up":
		uploaded(w, r)
	case "/d/refuse":
		if o.behind && r.Header.Get("Expect") == "" {
			io.Copy(io.Discard, r.Body)
		}
		http.Error(w, "not wanted", http.StatusForbidden)
	case "/d/kick":
		if o.kick != nil {
			o.kick()
		}
		io.WriteString(w, "kicked")
	case "/d/slow":
		slowly(w, r)
	case "/d/hints":
		w.Header().Set("Link", "</style.css>; rel=preload")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "hinted")
	case "/d/trailers":
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "trailed")
		w.(http.Flusher).Flush()
		w.Header().Set("X-Sum", sum([]byte("trailed")))
	default:
		http.FileServer(http.Dir(o.root)).ServeHTTP(w, r)
	}
}

// uploaded answers with the checksum of what came, and the trailer's X-Sum.
func uploaded(w http.ResponseWriter, r *http.Request) {
	h := sha256.New()
	if _, err := io.Copy(h, r.Body); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("X-Trailer", r.Trailer.Get("X-Sum"))
	io.WriteString(w, hex.EncodeToString(h.Sum(nil)))
}

func slowly(w http.ResponseWriter, r *http.Request) {
	tick := time.NewTicker(slowPiece)
	defer tick.Stop()
	for range slowPieces {
		<-tick.C
		io.WriteString(w, "slowly\n")
		w.(http.Flusher).Flush()
	}
}

// kickURL is for servers that have nothing behind them: they ask there when
// somebody asks them for /d/kick.
func (e *env) kickURL() string { return "http://" + e.upAddr + "/d/kick" }

func (o *origin) logged() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.log.String()
}

// serve runs the handler until stop is called.
func serve(at string, secure bool, h http.Handler, set func(*http.Server)) (addr string, stop func(), err error) {
	ln, err := net.Listen("tcp", at)
	// Where it listened a moment ago, a program that is just being started beside
	// it may still hold a copy of the socket, until its exec.
	for until := time.Now().Add(5 * time.Second); errors.Is(err, syscall.EADDRINUSE) && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
		ln, err = net.Listen("tcp", at)
	}
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0), Protocols: new(http.Protocols)}
	s.Protocols.SetHTTP1(true)
	if set != nil {
		set(s)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if secure {
			s.TLSConfig = serverTLS()
			s.ServeTLS(ln, "", "")
		} else {
			s.Serve(ln)
		}
	}()
	return ln.Addr().String(), func() {
		s.Close()
		<-ended
	}, nil
}
