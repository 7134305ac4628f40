package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/dugong-http/dugong"
)

// Options say how to fetch. The zero value means the defaults.
type Options struct {
	// Connections bounds the connections to one origin; 0 means 1.
	Connections int
	// Total bounds the connections to all origins together; 0 means 128.
	Total int
	// Depth bounds the requests in flight on one connection; 0 means 64.
	Depth int
	// Retries bounds how often a request is repeated that may have been
	// processed, and how many fruitless connections in a row are made to an
	// origin after the first one. 0 means 3, negative none.
	Retries int
	// RetryDelay is the wait after a fruitless connection; it doubles with
	// each further one. 0 means 200 ms, negative none.
	RetryDelay time.Duration
	// Queue bounds the jobs that are taken and not finished; 0 means 4096.
	Queue int

	// Method is GET if empty. It must be a safe one without a body (GET, HEAD
	// or OPTIONS), since requests are repeated after a loss.
	Method string
	// Config is for every connection; its TLS is replaced by the field below.
	Config dugong.Config
	// TLS is for https; nil means the defaults.
	TLS *tls.Config
	// Header goes with every request. A Host in it takes the place of the
	// URL's. Authorization gives way to the user information of a URL.
	Header dugong.Header

	// Progress is called with the number of octets of body that have come,
	// by several goroutines.
	Progress func(n int)
}

func (o Options) withDefaults() Options {
	o.Connections = orDefault(o.Connections, 1)
	o.Total = orDefault(o.Total, 128)
	o.Depth = orDefault(o.Depth, 64)
	o.Queue = orDefault(o.Queue, 4096)
	if o.Retries == 0 {
		o.Retries = 3
	}
	o.Retries = max(0, o.Retries)
	if o.RetryDelay == 0 {
		o.RetryDelay = 200 * time.Millisecond
	}
	if o.TLS == nil {
		o.TLS = &tls.Config{}
	}
	o.Header = o.Header.Clone()
	o.Config.ReadUntilClose = true
	return o
}

func orDefault(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}

var errNoNetwork = errors.New("checked without a network")

// Check says what is wrong with the options themselves, as a *BadOption, or
// nil. It makes no connection.
func (o Options) Check() error {
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Trailer", "Expect"} {
		if o.Header.Has(name) {
			return badHeader(name, "a header field of that name belongs to a request with a body, and these have none; leave it out")
		}
	}
	switch hosts := slices.Collect(o.Header.Values("Host")); {
	case o.Header.Has("Upgrade"):
		return badHeader("Upgrade", "a header field of that name asks for another protocol than HTTP; leave it out")
	case len(hosts) > 1:
		return badHeader(Excerpt("Host: "+hosts[1]), "a request has one Host (RFC 9112 section 3.2), and this is another one; leave all but one out")
	case len(hosts) == 1 && hosts[0] == "":
		return badHeader("Host", "the field is empty, which no server of a URL with a host takes (RFC 9112 section 3.2); leave it out")
	}
	switch o.Method {
	case "", "GET", "HEAD", "OPTIONS":
	default:
		return &BadOption{"Method", &BadInput{Excerpt(o.Method), "not a method that fetches and may be repeated; give GET, HEAD or OPTIONS"}}
	}
	s := newSite(&Target{Addr: "localhost", Path: "/"}, ptr(o.withDefaults()))
	s.cfg.Dialer = func(context.Context, string, string) (net.Conn, error) { return nil, errNoNetwork }
	c, err := dugong.New("localhost", &s.cfg)
	if err == nil {
		defer c.Close()
		err = c.SendRequest(context.Background(), s.request(&Target{Path: "/"}))
	}
	switch {
	case errors.Is(err, dugong.ErrInvalidRequest):
		return badHeader("", reason(err))
	case errors.Is(err, dugong.ErrInvalidConfig):
		return &BadOption{"Config", &BadInput{"", reason(err)}}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }
