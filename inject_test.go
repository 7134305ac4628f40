package dugong_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An injectRow puts a text from outside into one place of the API.
type injectRow struct {
	place  string
	good   string
	narrow bool // only some ASCII is allowed there
	use    func(s string) injected
}

// injected is what to call with the text in it.
type injected struct {
	cfg     *dugong.Config
	request *dugong.Request
	trailer dugong.Header // of a chunked body
}

var injectRows = []injectRow{
	{"method", "PATCH", true, onRequest(func(q *dugong.Request, s string) { q.Method = s })},
	{"target", "/path?a=b", true, onRequest(func(q *dugong.Request, s string) { q.Path = s })},
	{"absolute target", "http://h.example/", true, onRequest(func(q *dugong.Request, s string) { q.Path = s })},
	{"CONNECT target", "h.example:443", true, onRequest(func(q *dugong.Request, s string) { q.Method, q.Path = "CONNECT", s })},
	{"Request.Host", "h.example:80", true, onRequest(func(q *dugong.Request, s string) { q.Host = s })},
	{"field name", "X-Name", true, onRequest(func(q *dugong.Request, s string) { q.Header = dugong.Header{{Name: s, Value: "v"}} })},
	{"field value", "some value", false, onField("X-Name")},
	{"Host value", "h.example", false, onField("Host")},
	{"Content-Length value", "0", false, onRequest(func(q *dugong.Request, s string) {
		q.Method, q.Body, q.Header = "PUT", dugong.BodyBytes(nil), dugong.Header{{Name: "Content-Length", Value: s}}
	})},
	{"Connection value", "close", true, onField("Connection")},
	{"Authorization value", "Basic dTpw", false, onField("Authorization")},
	{"Cookie value", "a=b; c=d", false, onField("Cookie")},
	{"trailer name", "X-Sum", true, func(s string) injected { return trailing(s, "v") }},
	{"trailer value", "some value", false, func(s string) injected { return trailing("X-Sum", s) }},
	{"proxy user", "user", false, onProxyUser(func(s string) *url.Userinfo { return url.UserPassword(s, "secret") })},
	{"proxy password", "secret", false, onProxyUser(func(s string) *url.Userinfo { return url.UserPassword("user", s) })},
	{"proxy user, plain", "user", false, onPlainProxy(func(s string) *url.Userinfo { return url.UserPassword(s, "secret") })},
	{"proxy password, plain", "secret", false, onPlainProxy(func(s string) *url.Userinfo { return url.UserPassword("user", s) })},
	{"ProxyHeader name", "X-Name", true, onProxyHeader(func(s string) dugong.Field { return dugong.Field{Name: s, Value: "v"} })},
	{"ProxyHeader value", "some value", false, onProxyHeader(func(s string) dugong.Field { return dugong.Field{Name: "X-Name", Value: s} })},
}

func onRequest(set func(q *dugong.Request, s string)) func(string) injected {
	return func(s string) injected {
		q := &dugong.Request{Path: "/"}
		set(q, s)
		return injected{&dugong.Config{}, q, nil}
	}
}

func onField(name string) func(string) injected {
	return onRequest(func(q *dugong.Request, s string) { q.Header = dugong.Header{{Name: name, Value: s}} })
}

func trailing(name, value string) injected {
	q := &dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyChunked()}
	return injected{&dugong.Config{}, q, dugong.Header{{Name: name, Value: value}}}
}

func throughProxy(u *url.Userinfo, h dugong.Header, tls bool) injected {
	cfg := &dugong.Config{Proxy: &url.URL{Scheme: "http", Host: "proxy.example:3128", User: u}, ProxyHeader: h}
	if tls {
		cfg.TLS = wiretest.ClientTLS()
	}
	return injected{cfg, &dugong.Request{Path: "/"}, nil}
}

func onProxyUser(user func(string) *url.Userinfo) func(string) injected {
	return func(s string) injected { return throughProxy(user(s), nil, true) }
}

func onPlainProxy(user func(string) *url.Userinfo) func(string) injected {
	return func(s string) injected { return throughProxy(user(s), nil, false) }
}

func onProxyHeader(field func(string) dugong.Field) func(string) injected {
	return func(s string) injected {
		return throughProxy(nil, dugong.Header{field(s)}, true)
	}
}

// Whatever text comes into whatever place: the peer receives one request, or
// nothing at all and the caller an ErrInvalidRequest or ErrInvalidConfig. The
// octets that a peer has received are looked at, not what was meant to be sent.
func TestInjection(t *testing.T) {
	for _, w := range injectRows {
		t.Run(w.place, func(t *testing.T) {
			wiretest.ClientTLS()
			synctest.Test(t, func(t *testing.T) {
				rows := 1
				if err, sent := w.send(t, w.good); err != nil || one(sent) != nil {
					t.Fatalf("%q: %v, and this was sent: %q (%v)", w.good, err, sent, one(sent))
				}
				pieces := wiretest.Injections
				if w.narrow {
					pieces = slices.Concat(pieces, wiretest.NarrowInjections)
				}
				for _, piece := range pieces {
					for _, s := range wiretest.Around(w.good, piece) {
						w.refused(t, s)
						rows++
					}
				}
				if !w.narrow { // allowed, and one request all the same
					for _, piece := range wiretest.NarrowInjections {
						w.accepted(t, w.good+piece+w.good)
						rows++
					}
				}
				tally(t, "injections", rows)
			})
		})
	}
}

func (w injectRow) refused(t *testing.T, s string) {
	t.Helper()
	err, sent := w.send(t, s)
	var e *dugong.Error
	if !errors.As(err, &e) || e.Kind != dugong.ErrInvalidRequest && e.Kind != dugong.ErrInvalidConfig || e.Fault != dugong.FaultCaller {
		t.Errorf("%q: %v, want it refused", s, err)
	}
	if len(sent) > 0 {
		t.Errorf("%q: refused (%v), yet this was sent: %q", s, err, sent)
	}
}

// accepted or refused, but never anything other than one request.
func (w injectRow) accepted(t *testing.T, s string) {
	t.Helper()
	err, sent := w.send(t, s)
	switch {
	case err != nil && len(sent) > 0:
		t.Errorf("%q: %v, yet this was sent: %q", s, err, sent)
	case err == nil && one(sent) != nil:
		t.Errorf("%q: this was sent: %q (%v)", s, sent, one(sent))
	}
}

// one is nil if these octets are one request and nothing else.
func one(sent []byte) error {
	if bytes.Count(sent, []byte("HTTP/1.")) != 1 || bytes.Count(bytes.ToLower(sent), []byte("\r\nhost:")) != 1 {
		return errors.New("not one request line and one Host")
	}
	in := bytes.NewReader(sent)
	buf := bufio.NewReader(in)
	q, err := http.ReadRequest(buf)
	if err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, q.Body); err != nil {
		return err
	}
	if q.Method != "CONNECT" && buf.Buffered()+in.Len() > 0 {
		return errors.New("something follows the request")
	}
	return nil
}

//lint:file-ignore ST1008 the refusal is the first thing one asks for

// send uses the text and gives the refusal, if it was one, and all octets that
// the peer received. What was sent of a request before its trailer was refused
// must be that request cut off, and is not counted.
func (w injectRow) send(t *testing.T, s string) (refusal error, sent []byte) {
	in := w.use(s)
	client, server := net.Pipe()
	in.cfg.Dialer = func(context.Context, string, string) (net.Conn, error) { return client, nil }
	var got bytes.Buffer
	received, called := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(received)
		io.Copy(&got, server)
	}()
	c, err := dugong.New("origin.example:8080", in.cfg)
	if err == nil {
		go func() { called <- in.call(c) }()
	} else {
		called <- err
	}
	synctest.Wait() // what is under way has arrived
	client.Close()
	if c != nil {
		c.Close()
	}
	err = <-called
	<-received
	server.Close()
	if !errors.Is(err, dugong.ErrInvalidRequest) && !errors.Is(err, dugong.ErrInvalidConfig) {
		return nil, got.Bytes() // also where the end of the pipe ended a CONNECT
	}
	if in.trailer != nil {
		if whole := append(bytes.Clone(got.Bytes()), "0\r\n\r\n"...); one(whole) != nil {
			t.Errorf("%q: a trailer was refused, and before it was sent: %q", s, got.Bytes())
		}
		return err, nil
	}
	return err, got.Bytes()
}

func (in injected) call(c *dugong.Conn) error {
	if err := c.SendRequest(context.Background(), in.request); err != nil || in.trailer == nil {
		return err
	}
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	err := c.EndBody(in.trailer)
	if flushed := c.Flush(context.Background()); err == nil {
		err = flushed
	}
	return err
}
