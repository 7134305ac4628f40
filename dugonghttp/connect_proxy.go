package dugonghttp

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/net/proxy"
)

// connectTimeout bounds a proxy's answer to CONNECT, as in net/http.
const connectTimeout = time.Minute

// refusedWait is how long an answer is awaited that could explain why the proxy
// has not taken the CONNECT.
const refusedWait = 100 * time.Millisecond

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return defaultPorts[u.Scheme]
}

func basicAuth(u *url.Userinfo) string {
	password, _ := u.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(u.Username()+":"+password))
}

// tunnel asks an HTTP proxy for a way to the server (RFC 9110 section 9.3.6).
// It is written with net/http's own types, which the hooks want to see.
func (d *dialer) tunnel(ctx context.Context) error {
	header, err := d.connectHeader(ctx)
	if err != nil {
		return err
	}
	req := &http.Request{Method: "CONNECT", URL: &url.URL{Opaque: d.r.addr}, Host: d.r.addr, Header: header}
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	resp, err := d.ask(ctx, req)
	if err != nil {
		return err
	}
	if f := d.t.OnProxyConnectResponse; f != nil {
		if err := f(ctx, d.r.proxy, req, resp); err != nil {
			return err
		}
	}
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	text := http.StatusText(resp.StatusCode)
	if _, reason, ok := cutSpace(resp.Status); ok {
		text = reason
	}
	if text == "" {
		text = "unknown status code"
	}
	return errors.New(text)
}

// ask sends a CONNECT and reads the head of the answer. A proxy that has enough
// of a request answers and closes before it has taken all of it, which ends the
// sending: a refusal says more than that end does.
func (d *dialer) ask(ctx context.Context, req *http.Request) (*http.Response, error) {
	var b bytes.Buffer
	if err := req.Write(&b); err != nil {
		return nil, err
	}
	conn := d.tr.Conn(ctx, 0)
	_, unsent := conn.Write(b.Bytes())
	if unsent != nil && ctx.Err() != nil {
		return nil, unsent
	}
	if unsent != nil { // the answer is there, or none will come
		brief, end := context.WithCancel(ctx)
		defer time.AfterFunc(refusedWait, end).Stop() // for the head alone: the hook may read the body
		conn = d.tr.Conn(brief, 0)
	}
	most := d.t.MaxResponseHeaderBytes
	if most <= 0 {
		most = 10 << 20
	}
	// The buffer may be thrown away: a TLS server does not speak first.
	resp, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, most)), req)
	if unsent != nil && (err != nil || resp.StatusCode == http.StatusOK) {
		return nil, unsent
	}
	return resp, err
}

func cutSpace(s string) (before, after string, ok bool) {
	for i := range len(s) {
		if s[i] == ' ' {
			return s[:i], s[i+1:], s[i+1:] != ""
		}
	}
	return s, "", false
}

// connectHeader makes the header of CONNECT. What the caller gave stays as it
// is.
func (d *dialer) connectHeader(ctx context.Context) (http.Header, error) {
	h := d.t.ProxyConnectHeader
	if f := d.t.GetProxyConnectHeader; f != nil {
		var err error
		if h, err = f(ctx, d.r.proxy, d.r.addr); err != nil {
			return nil, err
		}
	}
	if h = h.Clone(); h == nil {
		h = http.Header{}
	}
	if u := d.r.proxy.User; u != nil {
		h.Set("Proxy-Authorization", basicAuth(u))
	}
	return h, nil
}

// socks asks a SOCKS5 proxy for a way to the server (RFC 1928). Our connection
// minds ctx by itself.
func (d *dialer) socks(ctx context.Context) error {
	var login *proxy.Auth
	if u := d.r.proxy.User; u != nil {
		password, _ := u.Password()
		login = &proxy.Auth{User: u.Username(), Password: password}
	}
	s, err := proxy.SOCKS5("tcp", d.r.proxy.Host, login, nil)
	if err != nil {
		return err
	}
	over, ok := s.(interface {
		DialWithConn(context.Context, net.Conn, string, string) (net.Addr, error)
	})
	if !ok {
		return errors.New("dugonghttp: this version of golang.org/x/net has no SOCKS5 over a given connection")
	}
	_, err = over.DialWithConn(context.Background(), d.tr.Conn(ctx, 0), "tcp", d.r.addr)
	return err
}
