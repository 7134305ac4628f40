package dugonghttp

import (
	"container/list"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// A Transport is an http.RoundTripper that sends requests over HTTP/1.1
// connections of package dugong. The zero value is ready to use. Like
// http.Transport it is to be made once and shared; its fields must not be
// changed after the first request.
//
// Goroutines are started only for connecting, closing, timers, request bodies
// that stream and the Cancel channel of a request; a connection that is no plain
// socket, and every one on Windows, has one that reads, and one for each write
// that is under way. None is left after CloseIdleConnections once all response
// bodies have been read or closed.
type Transport struct {
	// Proxy returns the proxy for a request: http, https, socks5 or socks5h,
	// or nil for none. A nil Proxy means none at all; see ProxyFromEnvironment.
	Proxy func(*http.Request) (*url.URL, error)
	// OnProxyConnectResponse is called with a proxy's answer to CONNECT before
	// it is looked at. An error ends the request.
	OnProxyConnectResponse func(ctx context.Context, proxyURL *url.URL, connectReq *http.Request, connectRes *http.Response) error
	// ProxyConnectHeader is sent with CONNECT; GetProxyConnectHeader, if set,
	// takes its place.
	ProxyConnectHeader    http.Header
	GetProxyConnectHeader func(ctx context.Context, proxyURL *url.URL, target string) (http.Header, error)

	// DialContext makes connections. Nil means net.Dialer. For a unix socket,
	// dial its path whatever the address.
	DialContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// DialTLSContext makes connections for https requests that go through no
	// proxy, TLS included; TLSClientConfig and TLSHandshakeTimeout then do not
	// matter.
	DialTLSContext func(ctx context.Context, network, addr string) (net.Conn, error)
	// TLSClientConfig is for servers and https proxies.
	TLSClientConfig *tls.Config
	// TLSHandshakeTimeout bounds the handshake; 0 or negative: no bound.
	TLSHandshakeTimeout time.Duration
	// TLSNextProto names the protocols other than HTTP/1.1 to which a TLS
	// connection that negotiated them (ALPN) is handed over. The names must be
	// in TLSClientConfig.NextProtos too. A protocol that is in the latter only
	// fails the request. Who gets the connection is asked for what goes to its
	// origin until CloseIdleConnections, or until the origin is forgotten
	// (MaxOrigins), of which he is told by his own CloseIdleConnections, if he
	// has one.
	TLSNextProto map[string]func(authority string, c *tls.Conn) http.RoundTripper

	// DisableKeepAlives makes a connection for each request.
	DisableKeepAlives bool
	// DisableCompression stops asking for gzip by itself and taking it off.
	DisableCompression bool
	// MaxIdleConns bounds the idle connections of all origins; 0 or negative: no
	// bound.
	MaxIdleConns int
	// MaxIdleConnsPerHost bounds those of one origin; 0 means
	// http.DefaultMaxIdleConnsPerHost, negative none.
	MaxIdleConnsPerHost int
	// MaxConnsPerHost bounds all connections of one origin, those being made
	// included; requests beyond wait. 0 or negative: no bound.
	MaxConnsPerHost int
	// IdleConnTimeout is how long a connection stays idle; 0 or negative: for
	// ever.
	IdleConnTimeout time.Duration
	// ResponseHeaderTimeout bounds the wait for the response's header once the
	// request has been written whole; 0 or negative: no bound.
	ResponseHeaderTimeout time.Duration
	// ExpectContinueTimeout is how long a body waits for 100 (Continue) when
	// the request has "Expect: 100-continue"; 0 or negative: it is sent at once.
	ExpectContinueTimeout time.Duration
	// MaxResponseHeaderBytes bounds the header of a response; 0 or negative means
	// 10 MiB.
	MaxResponseHeaderBytes int64
	// WriteBufferSize and ReadBufferSize are there for compatibility. Buffers
	// are borrowed while octets are in them, whatever is set here.
	WriteBufferSize, ReadBufferSize int

	// Depth is how many requests may be on one connection at a time: 0 means as
	// many as the origin has earned, 1 or negative one (no pipelining), n > 1
	// that many from the start. Whatever it is, only GET, HEAD, OPTIONS and QUERY
	// without a body share connections, and an origin that gives a wrong answer,
	// loses a connection with several requests on it, or speaks HTTP/1.0, gets one
	// at a time from then on. See Origins.
	Depth int
	// HeadOfLineLimit is how long an answer may keep those behind it waiting:
	// nothing more is sent behind one that takes longer, and who waits behind
	// it is sent again on another connection (unless DisableRetries is set).
	// 0 means four times as long as answers of the origin usually take, but at
	// least 250 ms; negative for ever.
	HeadOfLineLimit time.Duration
	// MaxOrigins is of how many origins something is remembered: what Origins
	// tells, and so whether to pipeline. Beyond that the one is forgotten that
	// has been without connections for longest; it starts anew when it is used
	// again. One that has a connection is never forgotten, so there can be
	// more if that many are in use. 0 means 10,000, negative no bound. It is
	// to be set before Learn is called.
	MaxOrigins int
	// MixCredentials allows requests with different Authorization, Cookie and
	// Proxy-Authorization fields to be on one connection at the same time.
	MixCredentials bool
	// CheckResponse, if set, is asked about each response that came on a
	// connection which it shared with others: two answers in the wrong order
	// look right, and only who knows what was asked for can tell. After an
	// error the response is dropped, its connection closed, nothing is
	// pipelined to the origin any more, and the request is sent again (with
	// DisableRetries RoundTrip gives that error). It is called by the goroutine of
	// RoundTrip before that returns, for several requests at once, and must not
	// read or close the response's body.
	CheckResponse func(req *http.Request, resp *http.Response) error
	// Metrics, if set, is told of the work. See also httptrace.
	Metrics *Metrics
	// Logger gets a line for whatever changes how an origin is treated. Nil:
	// nothing is logged.
	Logger *slog.Logger

	// DisableRetries turns all repetition off. Otherwise a request that the
	// server cannot have acted on is sent again, and one on which it may have
	// acted if it is idempotent (GET, HEAD, OPTIONS, TRACE, PUT, DELETE, QUERY)
	// or has an Idempotency-Key or X-Idempotency-Key field. What was sent on a
	// new connection with nothing before it is repeated only in the first case.
	DisableRetries bool
	// AllowRetry, if set, is asked about requests that may have been processed
	// and would not be repeated otherwise. It is called by the goroutine of
	// RoundTrip, for several requests at once, and so is OnRetry.
	AllowRetry func(req *http.Request, err error) bool
	// OnRetry is called before each repetition.
	OnRetry func(Retry)

	mu        sync.Mutex
	origins   map[originKey]*origin
	routes    map[destination]*route
	lastRoute atomic.Pointer[route] // that of the last request
	known     map[originKey]facts   // from Learn
	idle      idleList
	unused    list.List // origins without connections, in the order in which they lost them
	handed    map[string]*handed
}

// A Retry is what OnRetry is told.
type Retry struct {
	Request *http.Request
	Attempt int   // of the repetition: 2 for the first
	Err     error // of the attempt before; see Verdict
}

func (t *Transport) log(what string, args ...any) {
	if t.Logger != nil {
		t.Logger.Info("dugonghttp: "+what, args...)
	}
}

// CloseIdleConnections closes the connections that are not in use now. Those
// that are in use are closed when they come free, unless a new request wants
// one of their origin before that; so does http.Transport.
func (t *Transport) CloseIdleConnections() {
	t.mu.Lock()
	origins := make([]*origin, 0, len(t.origins))
	for _, o := range t.origins {
		origins = append(origins, o)
	}
	t.mu.Unlock()
	for _, o := range origins {
		o.closeIdle()
	}
	t.closeHanded(origins)
}

// RoundTrip sends one request and returns its response when the head is there
// (http.RoundTripper); the caller is to read its body or close it. The body of the
// request is always closed, perhaps after RoundTrip has returned. Any number of
// goroutines may call it. An error is an *Error with a verdict, around a
// *dugong.Error, where there was a connection; one of net/http or package net
// where callers look for that; the caller's own where his body failed. Verdict
// takes all of them.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := check(req); err != nil {
		closeBody(req)
		return nil, refused{err}
	}
	x := newExchange(t, req)
	resp, err := x.run()
	if err != nil {
		x.end(err)
		awaitCancel(req)
		return nil, err
	}
	return resp, nil
}
