package dial

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
)

// Options say where to connect to and how. Connect does not change them.
type Options struct {
	Network string // "tcp" or "unix"
	Host    string // name, IP address without brackets, or the path of a socket
	Port    int    // 1 to 65535, not used for unix

	// TLS asks for TLS with the server. It is cloned; an empty ServerName
	// becomes Host. NextProtos is the caller's too, but what gets negotiated
	// must be http/1.1 or nothing.
	TLS *tls.Config

	// Proxy is nil or the URL of a proxy: http, https, socks5 or socks5h, with
	// credentials as userinfo. Both SOCKS schemes leave the look-up of names
	// to the proxy, as net/http does. A request without TLS goes to an http or
	// https proxy in absolute form: that is the caller's work, and Connect
	// then ends at the proxy.
	Proxy *url.URL
	// ProxyTLS is for an https proxy; nil is an empty configuration.
	ProxyTLS *tls.Config
	// ProxyHeader are further fields of the CONNECT request.
	ProxyHeader func(yield func(name, value string) bool)

	// Dialer takes the place of look-up and race. It gets host:port (of the
	// proxy if there is one) or the path of a socket, and a context with the
	// inactivity timeout, which it must obey: Connect waits for it.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)

	Resolver *net.Resolver // nil: net.DefaultResolver
	// TestHosts are names that always exist. If Host is not found, they tell a
	// missing name from a broken name service. Empty: the answer for Host is
	// all that is asked for.
	TestHosts []string

	// Idle is the inactivity timeout of each step: all look-ups together, each
	// dial attempt, and the exchanges with the proxy and of the handshakes
	// whenever nothing moves. 0 or less: none.
	Idle   time.Duration
	Limits h1.Limits // bounds the proxy's answer; zero fields mean the default

	// Trace, if not nil, sees all octets above TLS in both directions.
	Trace func(sent bool, p []byte)
}
