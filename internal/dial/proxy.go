package dial

import (
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/dugong-http/dugong/internal/h1"
)

// proxyPorts are the schemes and their default ports, as in net/http.
var proxyPorts = map[string]int{"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

// checkProxy makes the proxy the first hop and writes the CONNECT request.
func (r *route) checkProxy() *Error {
	if r.Proxy == nil {
		return nil
	}
	hop, rule := proxyAddr(r.Proxy)
	if rule != "" {
		return badOption(Proxy, hop.String(), rule)
	}
	r.hop, r.scheme = hop, r.Proxy.Scheme
	switch {
	case r.Network != "tcp":
		rule = "a unix socket is not reached through a proxy"
	case noZone(r.Host) != r.Host:
		rule = "the zone of " + r.Host + " means nothing to a proxy; leave it out or do without the proxy"
	case r.socks():
		rule = badSocksLogin(r.Proxy.User)
		if rule == "" && len(r.Host) > 255 {
			rule = "SOCKS5 has no room for a name of more than 255 octets (RFC 1928 section 5)"
		}
	default:
		rule = badBasicLogin(r.Proxy.User)
	}
	if rule == "" && r.TLS != nil && !r.socks() {
		return r.writeConnect()
	}
	return badOption(Proxy, hop.String(), rule)
}

func (r *route) socks() bool { return strings.HasPrefix(r.scheme, "socks5") }

// proxyAddr takes host and port of a proxy out of its URL.
func proxyAddr(u *url.URL) (e endpoint, rule string) {
	port, known := proxyPorts[u.Scheme]
	e = endpoint{u.Hostname(), port}
	if !known {
		return e, "the scheme of a proxy is http, https, socks5 or socks5h; write http://host:port"
	}
	if !isIPv6(e.host) {
		rule = badName(e.host)
	}
	if p := u.Port(); p != "" && rule == "" {
		e.port, rule = parsePort(p)
	}
	return e, rule
}

// writeConnect makes the request for a tunnel (RFC 9110 section 9.3.6). Host
// repeats the target with its port (section 7.2).
func (r *route) writeConnect() *Error {
	target := r.target.String()
	var e h1.Encoder
	f := e.Begin(nil, &h1.Plan{Method: "CONNECT", Target: target, Host: target, Length: h1.NoLength, ProxyAuth: BasicAuth(r.Proxy.User)})
	if f == nil && r.ProxyHeader != nil {
		for name, value := range r.ProxyHeader {
			if f = e.Field(name, value); f != nil {
				break
			}
		}
	}
	if f == nil {
		r.tunnel, _, f = e.End()
	}
	if f != nil {
		return &Error{Kind: BadConfig, Phase: Proxy, Addr: r.hop.String(), Err: f}
	}
	return nil
}

// BasicAuth returns the credentials for the Basic scheme (RFC 7617) as the
// value of an Authorization or Proxy-Authorization field, "" for no user.
func BasicAuth(u *url.Userinfo) string {
	if u == nil {
		return ""
	}
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// badBasicLogin holds RFC 7617 section 2: the first colon ends the user name,
// and neither part has control characters. The text never shows the values.
func badBasicLogin(u *url.Userinfo) string {
	if u == nil {
		return ""
	}
	password, _ := u.Password()
	if strings.Contains(u.Username(), ":") {
		return "a user name with a colon cannot be sent by Basic authentication (RFC 7617 section 2)"
	}
	for _, c := range []byte(u.Username() + password) {
		if c < ' ' || c == 0x7f {
			return "user name or password has a control character (RFC 7617 section 2)"
		}
	}
	return ""
}

// badSocksLogin holds RFC 1929 section 2: 1 to 255 octets each, though an
// empty password is in common use.
func badSocksLogin(u *url.Userinfo) string {
	if u == nil {
		return ""
	}
	password, _ := u.Password()
	if n := len(u.Username()); n < 1 || n > 255 || len(password) > 255 {
		return "user name and password for SOCKS5 have 1 to 255 octets (RFC 1929 section 2)"
	}
	return ""
}
