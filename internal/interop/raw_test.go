//go:build interop

package interop

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// A rawConn is a socket to an instance without our library: what it shows is
// the server's doing. Responses are parsed by net/http.
type rawConn struct {
	net.Conn
	r *bufio.Reader
}

// raw connects. Every wait on the connection is bounded.
func (e *env) raw(m mode) (*rawConn, error) {
	g, ok := e.target(m)
	if !ok {
		return nil, errors.New("no such address")
	}
	at := g.addr
	if g.proxy != nil {
		at = g.proxy.Host // in clear: with absolute targets
	}
	c, err := net.DialTimeout("tcp", at, guard)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Now().Add(guard))
	if g.proxy != nil && g.tls != nil {
		if err := connect(c, g.addr); err != nil {
			c.Close()
			return nil, err
		}
	}
	if g.tls != nil {
		g.tls.ServerName = "127.0.0.1"
		c = tls.Client(c, g.tls)
	}
	return &rawConn{c, bufio.NewReader(c)}, nil
}

// connect asks a proxy for a tunnel.
func connect(c net.Conn, to string) error {
	fmt.Fprintf(c, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to)
	r, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: "CONNECT"}) // nothing comes behind it yet
	if err != nil {
		return err
	}
	if r.StatusCode != 200 {
		return fmt.Errorf("CONNECT: %s", r.Status)
	}
	return nil
}

// request is a request in the plainest form. Where the target has a host, Host
// must be the same (RFC 9112 section 3.2.2); HAProxy wants that.
func request(method, target string, fields ...string) string {
	host := "localhost"
	if rest, ok := strings.CutPrefix(target, "http://"); ok {
		host, _, _ = strings.Cut(rest, "/")
	}
	return method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + strings.Join(append(fields, ""), "\r\n") + "\r\n"
}

// answer reads one final response, its body included.
func (c *rawConn) answer(method string) (*http.Response, []byte, error) {
	for {
		r, err := http.ReadResponse(c.r, &http.Request{Method: method})
		if err != nil {
			return nil, nil, err
		}
		if r.StatusCode < 200 {
			continue
		}
		body, err := io.ReadAll(r.Body)
		return r, body, err
	}
}

// burst sends n GETs in writes of so many octets each, and counts the answers
// until the end of the connection.
func (e *env) burst(m mode, n, piece int) (answers int, err error) {
	c, err := e.raw(m)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var all strings.Builder
	for i := range n {
		fields := []string{"Accept-Encoding: identity"}
		if i == n-1 {
			fields = append(fields, "Connection: close")
		}
		all.WriteString(request("GET", fmt.Sprintf("%s/f/100.bin?burst=%d", e.site(m), i), fields...))
	}
	go func() {
		for p := []byte(all.String()); len(p) > 0; {
			k := min(piece, len(p))
			if _, err := c.Write(p[:k]); err != nil {
				return // the reader finds out why
			}
			p = p[k:]
		}
	}()
	for {
		if _, _, err := c.answer("GET"); err != nil {
			return answers, err
		}
		answers++
	}
}

// site is what targets begin with: something for a proxy only, and in clear.
func (e *env) site(m mode) string {
	if e.proxy != nil && m.version == 0 {
		return "http://" + e.plain
	}
	return ""
}

// short is a replay of a pipeline that is not answered to its end: one of
// these bursts must show it.
func short(m mode, piece int, sizes ...int) func(e *env) error {
	return func(e *env) error {
		var seen []string
		for range 3 {
			for _, n := range sizes {
				got, err := e.burst(m, n, piece)
				if got < n {
					e.Logf("replay (%s): %d requests in writes of %d octets: %d answers, then %v", m.name, n, piece, got, err)
					return nil
				}
				seen = append(seen, fmt.Sprintf("%d of %d", got, n))
			}
		}
		return fmt.Errorf("all is answered: %v", seen)
	}
}

// destroyed is a replay of a pipeline in which a request makes the server
// close while others are unread: the reset destroys an earlier answer of which
// nothing was read until then.
func destroyed(m mode, closer string) func(e *env) error {
	return func(e *env) error {
		c, err := e.raw(m)
		if err != nil {
			return err
		}
		defer c.Close()
		text := request("GET", "/f/1m.bin") + closer + strings.Repeat(request("GET", "/f/100.bin"), 100)
		again := time.NewTicker(10 * time.Millisecond)
		defer again.Stop()
		for err == nil { // until the reset has arrived; the deadline ends it otherwise
			_, err = io.WriteString(c, text)
			text = request("GET", "/f/100.bin")
			<-again.C
		}
		_, body, err := c.answer("GET")
		if err == nil {
			return fmt.Errorf("the first answer has all of its %d octets", len(body))
		}
		e.Logf("replay (%s): of the first body %d octets came, then %v", m.name, len(body), err)
		return nil
	}
}

// asked sends one request and looks at the octets that come back until the end.
func (e *env) asked(m mode, text string) (string, error) {
	c, err := e.raw(m)
	if err != nil {
		return "", err
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return "", err
	}
	b, err := io.ReadAll(c)
	return string(b), err
}

func modeOf(name string) mode {
	for _, m := range modes {
		if m.name == name {
			return m
		}
	}
	panic("no mode " + name)
}

// errTimeout is how a wait on a rawConn ends that was too long.
var errTimeout = os.ErrDeadlineExceeded
