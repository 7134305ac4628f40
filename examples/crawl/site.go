package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// A site has pages /0, /1 and so on; page i links to 10i+1 to 10i+10.
type site struct {
	addr  string
	pages int
	srv   *http.Server
	over  chan struct{}
}

func startSite(pages int) (*site, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &site{addr: ln.Addr().String(), pages: pages, over: make(chan struct{})}
	s.srv = &http.Server{Handler: s}
	go func() {
		defer close(s.over)
		s.srv.Serve(ln)
	}()
	return s, nil
}

func (s *site) Close() {
	s.srv.Close()
	<-s.over
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi("0" + strings.TrimPrefix(r.URL.Path, "/"))
	if err != nil || i >= s.pages {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html")
	for k := 10*i + 1; k <= 10*i+10 && k < s.pages; k++ {
		fmt.Fprintf(w, "<a href='/%d'>%d</a>\n", k, k)
	}
}
