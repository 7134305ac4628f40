package dugonghttp_test

import (
	"net"
	"net/http"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A Transport with the values of http.DefaultTransport.
func ExampleTransport() {
	client := &http.Client{Transport: &dugonghttp.Transport{
		Proxy:                 dugonghttp.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		MaxIdleConns:          100,
		IdleConnTimeout:       90 * time.Second,
	}}
	defer client.CloseIdleConnections()
}
