package origin

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// A Config says what to serve and how.
type Config struct {
	Addr       string        // to listen on; port 0 means a free one
	RTT        time.Duration // round-trip time to make up
	Documents  *Documents    // at /doc/0 and so on, their sums at /sums; nil: none
	Dir        string        // whose files are served; empty: none
	CloseAfter int           // requests after which a connection is closed, announced; 0: none
	TLS        *tls.Config   // nil: plain
}

// A Server is running until Close.
type Server struct {
	Addr string // the address to connect to, with its port
	URL  string // http://host:port or https://host:port

	http *http.Server
	back *lingerer
	link *Link // nil without RTT
	done chan struct{}
}

// Start begins to serve.
func Start(c Config) (*Server, error) {
	front, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return nil, err
	}
	s := &Server{Addr: front.Addr().String(), done: make(chan struct{})}
	back := front
	if c.RTT > 0 {
		if back, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			front.Close()
			return nil, err
		}
		s.link = StartLink(front, back.Addr().String(), Path{RTT: c.RTT})
	}
	s.back = newLingerer(back)
	back = s.back
	s.URL = "http://" + s.Addr
	if c.TLS != nil {
		s.URL = "https://" + s.Addr
		back = tls.NewListener(back, c.TLS)
	}
	s.http = &http.Server{Handler: newHandler(&c), ConnContext: withCount, ErrorLog: log.New(io.Discard, "", 0)}
	go func() {
		defer close(s.done)
		s.http.Serve(back)
	}()
	return s, nil
}

// Close ends the server and all its connections.
func (s *Server) Close() {
	s.http.Close()
	<-s.done
	s.back.end()
	if s.link != nil {
		s.link.Close()
	}
}
