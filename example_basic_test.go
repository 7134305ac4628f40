package dugong_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/dugong-http/dugong"
)

// One request, one response.
func Example_basic() {
	addr, stop := serve(echoPath)
	defer stop()
	ctx := context.Background()

	c, err := dugong.New(addr, nil) // no I/O yet: the first request connects
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	err = c.SendRequest(ctx, &dugong.Request{
		Path:   "/index.html",
		Header: dugong.HeaderOf("Accept", "text/plain"),
	})
	if err != nil {
		log.Fatal(err)
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		log.Fatal(err)
	}
	body, err := resp.Body.ReadAll()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.Status, resp.Reason, resp.Header.Get("content-length"), string(body))

	// Output:
	// 200 OK 19 this is /index.html
}

// Config.TLS makes the connection a TLS one.
func Example_tls() {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(echoPath))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // one client below goes away in the handshake
	srv.StartTLS()
	defer srv.Close()
	addr := srv.Listener.Addr().String()
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	ctx := context.Background()

	c, err := dugong.Dial(ctx, addr, &dugong.Config{TLS: &tls.Config{RootCAs: roots}})
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	state, ok := c.TLS()
	fmt.Println(ok, state.Version == tls.VersionTLS13)

	// A certificate that nobody vouches for:
	_, err = dugong.Dial(ctx, addr, &dugong.Config{TLS: &tls.Config{}})
	var unknown *tls.CertificateVerificationError
	fmt.Println(errors.Is(err, dugong.ErrTLS), errors.As(err, &unknown), dugong.IsTemporary(err))

	// Output:
	// true true
	// true true false
}

// A Body is an io.Reader, and its octets are given out as they come.
func Example_streaming() {
	addr, stop := serve(func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintln(w, "line", i)
			w.(http.Flusher).Flush()
		}
		w.Header().Set(http.TrailerPrefix+"Lines", "3")
	})
	defer stop()
	ctx := context.Background()
	c, err := dugong.Dial(ctx, addr, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()

	if err := c.SendRequest(ctx, &dugong.Request{Path: "/log"}); err != nil {
		log.Fatal(err)
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		log.Fatal(err)
	}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		fmt.Println(lines.Text())
	}
	if err := lines.Err(); err != nil {
		log.Fatal(err) // a body that is cut off ends in an error, never in io.EOF
	}
	fmt.Println("length", resp.Length, "trailer", resp.Body.Trailer().Get("lines"))

	// Output:
	// line 0
	// line 1
	// line 2
	// length -1 trailer 3
}
