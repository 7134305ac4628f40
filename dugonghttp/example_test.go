package dugonghttp_test

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A GET through the pool of a Transport.
func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "this is ", r.URL.Path)
	}))
	defer server.Close()
	client := &http.Client{Transport: &dugonghttp.Transport{MaxConnsPerHost: 4}}
	defer client.CloseIdleConnections()

	resp, err := client.Get(server.URL + "/a")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	fmt.Println(resp.StatusCode, string(body), err)

	// Output:
	// 200 this is /a <nil>
}

// A Transport with the values of http.DefaultTransport.
func ExampleTransport() {
	client := &http.Client{Transport: &dugonghttp.Transport{
		Proxy:                 http.ProxyFromEnvironment, // or that of dugonghttp, which does the same
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConns:          100,
		IdleConnTimeout:       90 * time.Second,
	}}
	defer client.CloseIdleConnections()
}

// What the error of a POST says, which nobody repeats without being asked.
func ExampleVerdict() {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler) // the connection is lost while the server works on the request
	}))
	client := &http.Client{Transport: &dugonghttp.Transport{}}
	defer client.CloseIdleConnections()

	_, err := client.Post(server.URL, "text/plain", strings.NewReader("an order"))
	fmt.Println(dugonghttp.Verdict(err))

	server.Close()
	_, err = client.Post(server.URL, "text/plain", strings.NewReader("an order"))
	fmt.Println(dugonghttp.Verdict(err))

	// Output:
	// maybe processed
	// not processed
}

// OnRetry sees what is sent again, and why that was allowed.
func ExampleTransport_onRetry() {
	var served atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := served.Add(1)
		if n == 2 {
			panic(http.ErrAbortHandler) // the connection is lost while it is in use
		}
		fmt.Fprint(w, "request ", n)
	}))
	defer server.Close()
	client := &http.Client{Transport: &dugonghttp.Transport{
		OnRetry: func(r dugonghttp.Retry) {
			fmt.Println(r.Request.Method, r.Request.URL.Path, "attempt", r.Attempt, "after:", dugonghttp.Verdict(r.Err))
		},
	}}
	defer client.CloseIdleConnections()

	for _, path := range []string{"/a", "/b"} {
		resp, err := client.Get(server.URL + path)
		if err != nil {
			log.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(path, string(body), err)
	}

	// Output:
	// /a request 1 <nil>
	// GET /b attempt 2 after: maybe processed
	// /b request 3 <nil>
}
