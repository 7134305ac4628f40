package main

import (
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
)

// serveHTTP2 is net/http's server, without TLS: /b/N only.
func (o *site) serveHTTP2(l net.Listener) {
	var both http.Protocols
	both.SetUnencryptedHTTP2(true)
	s := &http.Server{Protocols: &both, HTTP2: &http.HTTP2Config{MaxConcurrentStreams: 10_000}, Handler: o}
	s.Serve(l)
}

func (o *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/b/"))
	id := o.served.Add(1)
	w.Header().Set("ETag", fmt.Sprintf("\"%x\"", 1_000_000_000+id))
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Write(o.block[:min(n, len(o.block))])
}
