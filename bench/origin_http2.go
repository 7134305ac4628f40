package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// serveHTTP2 is net/http's server, without TLS: /b/N only.
func (s *site) serveHTTP2(l net.Listener) {
	var both http.Protocols
	both.SetUnencryptedHTTP2(true)
	server := &http.Server{Protocols: &both, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 10_000}, Handler: s}
	server.Serve(l)
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/b/"))
	id := s.served.Add(1)
	w.Header().Set("ETag", fmt.Sprintf("\"%x\"", 1_000_000_000+id))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Write(s.block[:min(n, len(s.block))])
}
