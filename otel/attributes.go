package dugongotel

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"

	"github.com/dugong-http/dugong"
)

// methodOf gives the attribute's value: the conventions allow known methods
// only, for the number of values to stay small.
func methodOf(method string) httpconv.RequestMethodAttr {
	switch method {
	case "":
		return httpconv.RequestMethodGet
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY":
		return httpconv.RequestMethodAttr(method)
	}
	return httpconv.RequestMethodOther
}

// A server is server.address and server.port.
type server struct {
	address string
	port    int
}

func serverOf(u *url.URL) server {
	s := server{address: u.Hostname()}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		s.port = n
	} else if u.Scheme == "https" {
		s.port = 443
	} else {
		s.port = 80
	}
	return s
}

// serverAt is for the host:port of dugonghttp.
func serverAt(addr string) server {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return server{address: addr}
	}
	n, _ := strconv.Atoi(port) // 0 for a service's name, which none has here
	return server{host, n}
}

func (s server) attributes() []attribute.KeyValue {
	return []attribute.KeyValue{attribute.String("server.address", s.address), attribute.Int("server.port", s.port)}
}

const (
	verdictKey = attribute.Key("dugong.verdict")
	attemptKey = attribute.Key("dugong.attempt")
	errorKey   = attribute.Key("error.type")
	statusKey  = attribute.Key("http.response.status_code")
)

// verdictOf gives not_processed or maybe_processed.
func verdictOf(v dugong.Verdict) attribute.KeyValue {
	return verdictKey.String(strings.ReplaceAll(v.String(), " ", "_"))
}

// kinds are the errors of dugong by short names, the more exact ones first.
var kinds = []struct {
	err  error
	name string
}{
	{context.Canceled, "canceled"},
	{context.DeadlineExceeded, "timeout"},
	{dugong.ErrConnectionTimedOut, "timeout"},
	{dugong.ErrTooLarge, "too_large"},
	{dugong.ErrConnectionClosed, "connection_closed"},
	{io.ErrUnexpectedEOF, "connection_closed"}, // in a body
	{dugong.ErrInvalidResponse, "invalid_response"},
	{dugong.ErrUnsupportedResponse, "unsupported_response"},
	{dugong.ErrInvalidRequest, "invalid_request"},
	{dugong.ErrBodySource, "body_source"},
	{dugong.ErrTLS, "tls"},
	{dugong.ErrProxyRefused, "proxy_refused"},
	{http.ErrBodyReadAfterClose, "body_closed"},
}

// errorType is the value of error.type: of few different values.
func errorType(err error) string {
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.name
		}
	}
	var n net.Error
	var op *net.OpError
	var dns *net.DNSError
	switch {
	case errors.As(err, &n) && n.Timeout():
		return "timeout"
	case errors.As(err, &dns):
		return "dns"
	case errors.As(err, &op):
		return op.Op
	}
	return "_OTHER"
}
