package dugonghttp

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"

	"golang.org/x/net/idna"
)

// A route is where a request goes: to whom, and through which proxy.
type route struct {
	key   originKey
	addr  string      // host:port of the server, ASCII
	host  string      // the same without the port, for TLS
	proxy *url.URL    // nil: none
	plain bool        // the host of the URL is its Host field as it is
	to    destination // if it was remembered for that
	// origin is where it leads, once that is known. It may have been dropped.
	origin atomic.Pointer[origin]
}

// An originKey names requests that can share connections. A plain request
// through an HTTP proxy can go over any connection to that proxy.
type originKey struct{ proxy, scheme, addr string }

func (r *route) tls() bool { return r.key.scheme == "https" }

// absolute: the request goes to an HTTP proxy in absolute-form (RFC 9112
// section 3.2.2).
func (r *route) absolute() bool {
	return r.proxy != nil && !r.tls() && !isSocks(r.proxy)
}

func isSocks(u *url.URL) bool { return u.Scheme == "socks5" || u.Scheme == "socks5h" }

var defaultPorts = map[string]string{"http": "80", "https": "443", "socks5": "1080", "socks5h": "1080"}

// A destination is what the route of a request without a proxy depends on.
type destination struct{ scheme, host string }

// maxRoutes bounds the routes that are remembered.
const maxRoutes = 1 << 10

// routeOf finds the way to the server of req.
func (t *Transport) routeOf(req *http.Request) (*route, error) {
	var proxy *url.URL
	if t.Proxy != nil {
		var err error
		if proxy, err = t.Proxy(req); err != nil {
			return nil, err
		}
	}
	if proxy != nil {
		return newRoute(req, proxy)
	}
	to := destination{req.URL.Scheme, req.URL.Host}
	if r := t.lastRoute.Load(); r != nil && r.to == to { // one request is often like the last
		return r, nil
	}
	t.mu.Lock()
	r := t.routes[to]
	t.mu.Unlock()
	if r == nil {
		var err error
		if r, err = newRoute(req, nil); err != nil {
			return nil, err
		}
		r.to = to
		t.rememberRoute(r)
	}
	t.lastRoute.Store(r)
	return r, nil
}

func (t *Transport) rememberRoute(r *route) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.routes == nil || len(t.routes) >= maxRoutes {
		t.routes = map[destination]*route{}
	}
	t.routes[r.to] = r
}

func newRoute(req *http.Request, proxy *url.URL) (*route, error) {
	addr, err := addrOf(req.URL)
	if err != nil {
		return nil, err
	}
	r := &route{addr: addr, proxy: proxy, plain: isPlainHost(req.URL.Host)}
	r.host, _, _ = net.SplitHostPort(addr)
	r.key = originKey{scheme: req.URL.Scheme, addr: addr}
	if r.proxy == nil {
		return r, nil
	}
	if defaultPorts[r.proxy.Scheme] == "" {
		return nil, fmt.Errorf("dugonghttp: the scheme of a proxy is http, https, socks5 or socks5h, not %q", r.proxy.Scheme)
	}
	if r.key.proxy = r.proxy.String(); r.absolute() {
		r.key.addr = ""
	}
	return r, nil
}

// addrOf gives host:port of a URL in ASCII.
func addrOf(u *url.URL) (string, error) {
	host, port := u.Hostname(), u.Port()
	if port == "" {
		port = defaultPorts[u.Scheme]
	}
	host, err := ascii(host)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(host, port), nil
}

// ascii gives the form of a name that goes over the wire (RFC 5891).
func ascii(host string) (string, error) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			return idna.Lookup.ToASCII(host)
		}
	}
	return host, nil
}

// hostField gives the value of Host for a request that goes by r.
func (r *route) hostField(req *http.Request) (string, error) {
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	if r.plain && host == req.URL.Host || isPlainHost(host) {
		return host, nil
	}
	if i := strings.IndexAny(host, "/ "); i >= 0 {
		host = host[:i] // as net/http does with what may have come from elsewhere
	}
	if name, port, err := net.SplitHostPort(host); err == nil {
		name, err := ascii(withoutZone(name))
		return net.JoinHostPort(name, port), err
	}
	host, err := ascii(host)
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = "[" + withoutZone(host[1:len(host)-1]) + "]"
	}
	return host, err
}

// isPlainHost: there is nothing in it to be changed.
func isPlainHost(host string) bool {
	for i := range len(host) {
		if c := host[i]; c <= ' ' || c >= 0x7f || c == '/' || c == '%' || c == '[' {
			return false
		}
	}
	return true
}

// withoutZone cuts off what means something on this machine only (RFC 6874
// section 4).
func withoutZone(host string) string {
	if strings.Contains(host, ":") {
		host, _, _ = strings.Cut(host, "%")
	}
	return host
}

// ProxyFromEnvironment is for Transport.Proxy: it reads HTTP_PROXY,
// HTTPS_PROXY and NO_PROXY, once. It is the function of that name in net/http:
// a program that uses both goes one way, also where a variable is there twice,
// in capitals and in small letters, of which x/net prefers another one than
// some versions of Go.
func ProxyFromEnvironment(req *http.Request) (*url.URL, error) { return http.ProxyFromEnvironment(req) }
