package aio_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
)

// One goroutine, one connection, two tasks: one sends, one reads.
func ExampleGo() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Repeat(r.URL.Path, 3))
	}))
	defer server.Close()

	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	l, err := aio.NewLoop()
	if err != nil {
		log.Fatal(err)
	}
	defer l.Close()
	c, err := dugong.New(server.Listener.Addr().String(), &dugong.Config{ReaderWaits: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	paths := []string{"/a", "/b", "/c"}
	aio.Go(ctx, l, func(ctx context.Context) (struct{}, error) {
		for _, p := range paths {
			if err := c.SendRequest(ctx, &dugong.Request{Path: p}); err != nil {
				cancel(err) // or the reader waits for ever
				return struct{}{}, err
			}
		}
		err := c.Flush(ctx)
		if err != nil {
			cancel(err)
		}
		return struct{}{}, err
	})
	bodies := aio.Go(ctx, l, func(ctx context.Context) ([]string, error) {
		var all []string
		for range paths {
			resp, err := c.ReadResponse(ctx)
			var b []byte
			if err == nil {
				b, err = io.ReadAll(resp.Body) // suspended where it would wait
			}
			if err != nil {
				cancel(err) // or the sender waits for ever
				return all, err
			}
			all = append(all, string(b))
		}
		return all, nil
	})
	if err := l.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
	all, _ := bodies.Result()
	fmt.Println(all, context.Cause(ctx)) // the first error of the two
	// Output: [/a/a/a /b/b/b /c/c/c] <nil>
}
