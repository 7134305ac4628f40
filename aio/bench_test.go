package aio_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// BenchmarkSwitch is one Yield: suspend, a turn of the loop, resume.
func BenchmarkSwitch(b *testing.B) {
	for _, n := range []int{1, 1000} {
		b.Run(map[int]string{1: "alone", 1000: "of-1000"}[n], func(b *testing.B) {
			l := newLoop(b)
			for i := range n {
				do(l, func(ctx context.Context) error {
					for k := i; k < b.N; k += n {
						aio.Yield(ctx)
					}
					return nil
				})
			}
			b.ReportAllocs()
			b.ResetTimer()
			run(b, l)
		})
	}
}

// BenchmarkRequest is one request on a connection of its own and its answer, in
// a task and in a goroutine, and by 64 of each.
func BenchmarkRequest(b *testing.B) {
	addr := serve(b, wiretest.Plain, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) })
	for _, n := range []int{1, 64} {
		suffix := map[int]string{1: "", 64: "-64"}[n]
		b.Run("task"+suffix, func(b *testing.B) {
			l, err := aio.NewLoop()
			if err != nil {
				b.Fatal(err)
			}
			requests(b, l, addr, n)
		})
		b.Run("goroutine"+suffix, func(b *testing.B) { requests(b, aio.NewBlockingLoop(), addr, n) })
	}
}

func requests(b *testing.B, l *aio.Loop, addr string, n int) {
	for i := range n {
		c := newConn(b, addr, nil)
		if err := c.Connect(bg); err != nil {
			b.Fatal(err)
		}
		do(l, func(ctx context.Context) error {
			var r dugong.Response
			buf := make([]byte, 100)
			for k := i; k < b.N; k += n {
				if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
					b.Error(err)
					return err
				}
				if err := c.ReadResponseInto(ctx, &r); err != nil {
					b.Error(err)
					return err
				}
				for {
					if _, err := r.Body.Read(buf); err != nil {
						break
					}
				}
			}
			return c.Close()
		})
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := l.Run(bg); err != nil {
		b.Fatal(err)
	}
	b.StopTimer()
	l.Close()
}
