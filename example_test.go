package dugong_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"

	"github.com/dugong-http/dugong"
)

// The examples are the code of docs/tutorial.md and of the README; a test
// compares them. Their servers are those of net/http on loopback.

// serve starts a server for an example. stop ends it.
func serve(h http.HandlerFunc) (addr string, stop func()) {
	srv := httptest.NewServer(h)
	return srv.Listener.Addr().String(), srv.Close
}

// echoPath answers every request with its path.
func echoPath(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "this is ", r.URL.Path) }

// Three requests go out together; the responses come in their order.
func Example() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx := context.Background()

	c, err := dugong.Dial(ctx, addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	requests := slices.Values([]*dugong.Request{{Path: "/a"}, {Path: "/b"}, {Path: "/c"}})
	for resp, err := range c.Pipeline(ctx, requests) {
		if err != nil {
			log.Fatal(err)
		}
		body, err := resp.Body.ReadAll()
		fmt.Printf("%s: %d, %q, %v\n", resp.Path, resp.Status, body, err)
	}

	// Output:
	// /a: 200, "this is /a", <nil>
	// /b: 200, "this is /b", <nil>
	// /c: 200, "this is /c", <nil>
}
