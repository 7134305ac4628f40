package dugong_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/dugong-http/dugong"
)

// answerer answers each request with the same small response, without
// allocating, so that what a benchmark counts is the client.
func answerer(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		answer := []byte("HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Sun, 22 Nov 2026 15:13:45 GMT\r\nContent-Type: text/plain\r\nContent-Length: 20\r\nETag: \"0123\"\r\n\r\n01234567890123456789")
		in, out, have := make([]byte, 256<<10), []byte(nil), 0
		for {
			n, err := c.Read(in[have:])
			if err != nil {
				return
			}
			p := in[:have+n]
			out = out[:0]
			for i := bytes.Index(p, []byte("\r\n\r\n")); i >= 0; i = bytes.Index(p, []byte("\r\n\r\n")) {
				p = p[i+4:]
				out = append(out, answer...)
			}
			have = copy(in, p)
			c.Write(out)
		}
	}()
	return l.Addr().String()
}

func BenchmarkPipeline(b *testing.B) {
	for _, depth := range []int{1, 8, 64, 256} {
		b.Run(fmt.Sprint("depth=", depth), func(b *testing.B) {
			c, err := dugong.Dial(context.Background(), answerer(b), &dugong.Config{PipelineDepth: depth})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			b.ReportAllocs()
			r := &dugong.Request{Path: "/doc/12345"}
			buf := make([]byte, 4096)
			for resp, err := range c.Pipeline(context.Background(), func(yield func(*dugong.Request) bool) {
				for b.Loop() && yield(r) {
				}
			}) {
				if err != nil || resp.Status != 200 || len(resp.Header.Bytes("ETag")) != 6 {
					b.Fatal(resp, err)
				}
				resp.Body.Read(buf)
			}
		})
	}
}

// BenchmarkRoundTrip is one request at a time, in the two ways of reading.
func BenchmarkRoundTrip(b *testing.B) {
	ctx := context.Background()
	for _, into := range []bool{true, false} {
		b.Run(fmt.Sprint("into=", into), func(b *testing.B) {
			c, err := dugong.Dial(ctx, answerer(b), nil)
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			b.ReportAllocs()
			r := &dugong.Request{Path: "/doc/12345"}
			buf := make([]byte, 4096)
			var mine dugong.Response
			for b.Loop() {
				resp := &mine
				if err := c.SendRequest(ctx, r); err != nil {
					b.Fatal(err)
				}
				if into {
					err = c.ReadResponseInto(ctx, resp)
				} else {
					resp, err = c.ReadResponse(ctx)
				}
				if err != nil || len(resp.Header.Bytes("ETag")) != 6 {
					b.Fatal(err)
				}
				resp.Body.Read(buf)
			}
		})
	}
}
