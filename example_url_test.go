package dugong_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net/url"

	"github.com/dugong-http/dugong"
)

// A URL is taken apart: the host is the address, the scheme says whether there
// is TLS, path and query are what is asked for.
func Example_fromURL() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx := context.Background()
	text := "http://" + addr + "/a%20b?c=d#e"

	u, err := url.Parse(text)
	if err != nil {
		log.Fatal(err)
	}
	cfg := &dugong.Config{}
	if u.Scheme == "https" {
		cfg.TLS = &tls.Config{}
	}
	c, err := dugong.Dial(ctx, u.Host, cfg) // without a port: 80, or 443 with TLS
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	err = c.SendRequest(ctx, &dugong.Request{Path: u.RequestURI()}) // path and query, escaped as they were
	if err != nil {
		log.Fatal(err)
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		log.Fatal(err)
	}
	body, err := resp.Body.ReadAll()
	fmt.Printf("%s: %q, %v\n", resp.Path, body, err)

	// Output:
	// /a%20b?c=d: "this is /a b", <nil>
}
