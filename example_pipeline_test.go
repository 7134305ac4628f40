package dugong_test

import (
	"context"
	"fmt"
	"log"
	"sync"

	"github.com/dugong-http/dugong"
)

// All requests, then all responses.
func Example_pipelineAllThenRead() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx := context.Background()
	c, err := dugong.Dial(ctx, addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	for _, path := range []string{"/a", "/b", "/c"} {
		if err := c.SendRequest(ctx, &dugong.Request{Path: path, More: true}); err != nil {
			log.Fatal(err)
		}
	}
	for c.Pending() > 0 {
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			log.Fatal(err)
		}
		n, err := resp.Body.Discard()
		fmt.Println(resp.Path, n, err)
	}

	// Output:
	// /a 10 <nil>
	// /b 10 <nil>
	// /c 10 <nil>
}

// Any number of requests on one goroutine.
func Example_pipelineLoop() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx := context.Background()
	c, err := dugong.Dial(ctx, addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	requests := func(yield func(*dugong.Request) bool) {
		var r dugong.Request // may be used again and again
		for i := range 10000 {
			r.Path, r.Tag = fmt.Sprint("/", i), i
			if !yield(&r) {
				return
			}
		}
	}
	sum := int64(0)
	for resp, err := range c.Pipeline(ctx, requests) {
		if err != nil {
			log.Fatal(err)
		}
		if resp.Tag.(int)%3333 == 0 {
			fmt.Println(resp.Path)
		}
		n, err := resp.Body.Discard()
		if err != nil {
			log.Fatal(err)
		}
		sum += n
	}
	fmt.Println(sum)

	// Output:
	// /0
	// /3333
	// /6666
	// /9999
	// 128890
}

// One goroutine sends, one reads.
func Example_pipelineTwoGoroutines() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)

	c, err := dugong.Dial(ctx, addr, &dugong.Config{ReaderWaits: true})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	paths := make(chan string) // a source that may block
	go func() {
		defer close(paths)
		for i := range 5 {
			select {
			case paths <- fmt.Sprint("/", i):
			case <-ctx.Done():
				return
			}
		}
	}()

	send := func() error {
		for path := range paths { // which ends with ctx
			if err := c.SendRequest(ctx, &dugong.Request{Path: path}); err != nil {
				return err
			}
		}
		return c.Flush(ctx)
	}
	read := func() error {
		for range 5 {
			resp, err := c.ReadResponse(ctx) // waits for the next request, too
			if err != nil {
				return err
			}
			body, err := resp.Body.ReadAll()
			if err != nil {
				return err
			}
			fmt.Println(string(body))
		}
		return nil
	}
	var both sync.WaitGroup
	for _, half := range []func() error{send, read} {
		both.Go(func() {
			if err := half(); err != nil {
				cancel(err) // else the other one waits for ever; the first error counts
			}
		})
	}
	both.Wait()
	fmt.Println(context.Cause(ctx))

	// Output:
	// this is /0
	// this is /1
	// this is /2
	// this is /3
	// this is /4
	// <nil>
}
