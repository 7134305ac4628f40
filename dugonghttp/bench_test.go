package dugonghttp_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
)

// quickServer answers every head at once with a small object, and does no more
// than it must, so that what is measured is the client.
func quickServer(b *testing.B) (url string) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { ln.Close() })
	const answer = "HTTP/1.1 200 OK\r\nServer: quick\r\nDate: Sun, 22 Nov 2026 08:00:00 GMT\r\nContent-Type: text/plain\r\n" +
		"ETag: \"5f3c-1a\"\r\nCache-Control: max-age=60\r\nContent-Length: 51\r\n\r\na small object of some fifty octets, as in an index"
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in, out := make([]byte, 64<<10), []byte(nil)
				for have := 0; ; {
					n, err := c.Read(in[have:])
					if err != nil {
						return
					}
					have += n
					whole := bytes.Count(in[:have], []byte("\r\n\r\n"))
					have = copy(in, in[bytes.LastIndex(in[:have], []byte("\r\n\r\n"))+4:have])
					for out = out[:0]; whole > 0; whole-- {
						out = append(out, answer...)
					}
					if _, err := c.Write(out); err != nil {
						return
					}
				}
			}()
		}
	}()
	return "http://" + ln.Addr().String() + "/object"
}

// BenchmarkGet compares transports at some numbers of callers, each of which
// sends its next GET of a small object when the last one was answered. The
// server's work counts too; bench/ has figures without it, and other clients.
func BenchmarkGet(b *testing.B) {
	url := quickServer(b)
	for _, callers := range []int{1, 64, 256} {
		std := &http.Transport{MaxIdleConnsPerHost: callers, MaxIdleConns: callers}
		off := &dugonghttp.Transport{Depth: 1, MaxIdleConnsPerHost: callers}
		auto := &dugonghttp.Transport{MaxIdleConnsPerHost: callers}
		fixed := &dugonghttp.Transport{Depth: 64, MaxIdleConnsPerHost: callers}
		for _, c := range []struct {
			name string
			rt   http.RoundTripper
		}{{"nethttp", std}, {"off", off}, {"automatic", auto}, {"depth64", fixed}} {
			b.Run(fmt.Sprintf("%d/%s", callers, c.name), func(b *testing.B) { benchmarkGet(b, c.rt, url, callers) })
		}
		std.CloseIdleConnections()
		off.CloseIdleConnections()
		auto.CloseIdleConnections()
		fixed.CloseIdleConnections()
	}
}

func benchmarkGet(b *testing.B, rt http.RoundTripper, url string, callers int) {
	b.ReportAllocs()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			req, _ := http.NewRequest("GET", url, nil)
			for next.Add(1) <= int64(b.N) {
				resp, err := rt.RoundTrip(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
}
