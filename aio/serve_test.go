package aio_test

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// serve runs a server that takes one request of a connection after the other.
func serve(t testing.TB, m wiretest.Mode, h http.HandlerFunc) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = ln.Addr().String()
	if m.TLS {
		ln = tls.NewListener(ln, wiretest.ServerTLS(0, 0))
	}
	srv := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	over := make(chan struct{})
	go func() {
		defer close(over)
		srv.Serve(ln)
	}()
	t.Cleanup(func() {
		srv.Close()
		<-over
	})
	return addr
}

func newConn(t testing.TB, addr string, cfg *dugong.Config) *dugong.Conn {
	t.Helper()
	c, err := dugong.New(addr, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}
