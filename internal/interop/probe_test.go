//go:build interop

package interop

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFacts measures, over raw sockets, how servers limit, ask, refuse and
// close. Nothing is asserted: it is what the tables say about them.
func TestFacts(t *testing.T) {
	t.Parallel()
	for _, sw := range servers {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			usual, tight := newEnv(t, sw, false), newEnv(t, sw, true)
			f := &facts{
				version:  sw.version(),
				limit:    usual.requestLimit(1100),
				tight:    tight.requestLimit(100),
				accepts:  usual.accepts(),
				refuses:  usual.refuses(),
				closes:   usual.closes(),
				idle:     tight.idles(modeOf("plain")),
				header:   tight.tooLarge(request("GET", "/f/100.bin", "X-Big: "+strings.Repeat("x", 40<<10))),
				tooLarge: tight.tooLarge(request("PUT", "/d/up", fmt.Sprintf("Content-Length: %d", 8*tightBody)) + strings.Repeat("x", 8*tightBody)),
			}
			results.facts(sw.name, f)
			t.Logf("%+v", *f)
		})
	}
}

// facts is what was measured about one server.
type facts struct {
	version, limit, tight, accepts, refuses, closes, idle, tunnel, header, tooLarge string
}

// ended says in words how a connection has ended.
func ended(m mode, err error) string {
	switch {
	case err == io.EOF && m.version != 0:
		return "close_notify"
	case err == io.EOF:
		return "FIN"
	case errors.Is(err, io.ErrUnexpectedEOF) && m.version == 0:
		return "FIN"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "FIN without close_notify"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "reset"
	case errors.Is(err, errTimeout):
		return "stays open"
	}
	return fmt.Sprint(err)
}

// requestLimit pipelines up to n requests and says how many were answered,
// and whether the last answer announced the end.
func (e *env) requestLimit(n int) string {
	m := modeOf("plain")
	c, err := e.raw(m)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	go io.WriteString(c, strings.Repeat(request("GET", "/f/100.bin"), n))
	for i := range n {
		if i > 0 { // Java takes its time for the first
			c.SetReadDeadline(time.Now().Add(3 * tightIdle * time.Second))
		}
		r, _, err := c.answer("GET")
		if err != nil {
			return fmt.Sprintf("%d, then %s without a word", i, ended(m, err))
		}
		if !r.Close {
			continue
		}
		if r, _, err := c.answer("GET"); err == nil {
			return fmt.Sprintf("%d, announced, and answers go on (%d)", i+1, r.StatusCode)
		}
		return fmt.Sprintf("%d, announced", i+1)
	}
	return fmt.Sprintf("none up to %d", n)
}

// accepts: when does the 100 come?
func (e *env) accepts() string {
	c, err := e.raw(modeOf("plain"))
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	io.WriteString(c, request("PUT", "/d/up", "Expect: 100-continue", "Content-Length: 4"))
	c.SetReadDeadline(time.Now().Add(time.Second))
	_, err = c.r.Peek(1)
	c.SetReadDeadline(time.Now().Add(guard))
	when := "at once"
	if errors.Is(err, errTimeout) {
		when = "only after the body"
	}
	io.WriteString(c, "body")
	c.Conn.(*net.TCPConn).CloseWrite()
	b, _ := io.ReadAll(c.r)
	switch n := strings.Count(string(b), "HTTP/1.1 100"); n {
	case 0:
		return "never"
	case 1:
		return when
	default:
		return fmt.Sprintf("%s, %d times", when, n)
	}
}

// refuses: what does a final answer to Expect mean for the connection? Where
// the server keeps it, another request shows what it takes that for.
func (e *env) refuses() string {
	m := modeOf("plain")
	c, err := e.raw(m)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	next := request("GET", "/f/100.bin", "Connection: close")
	io.WriteString(c, request("PUT", "/d/refuse", "Expect: 100-continue", fmt.Sprintf("Content-Length: %d", len(next)/2)))
	c.SetReadDeadline(time.Now().Add(2 * time.Second))
	r, _, err := c.answer("PUT")
	switch {
	case errors.Is(err, errTimeout):
		return "no answer before the body"
	case err != nil:
		return ended(m, err)
	case r.Close:
		return fmt.Sprintf("%d, announces the end", r.StatusCode)
	}
	status := r.StatusCode
	io.WriteString(c, next)
	switch r, _, err = c.answer("GET"); {
	case err != nil:
		return fmt.Sprintf("%d, says keep-alive, then %s", status, ended(m, err))
	case r.StatusCode == 200:
		return fmt.Sprintf("%d, takes the next request", status)
	}
	return fmt.Sprintf("%d, eats the next request as the body (then %d)", status, r.StatusCode)
}

// closes: how does a connection end that the client has asked to be closed?
func (e *env) closes() string {
	var said []string
	for _, m := range []mode{modeOf("plain"), modeOf("tls1.3")} {
		c, err := e.raw(m)
		if err != nil {
			return err.Error()
		}
		io.WriteString(c, request("GET", "/f/100.bin", "Connection: close"))
		if _, _, err := c.answer("GET"); err != nil {
			said = append(said, err.Error())
		}
		_, err = c.r.ReadByte()
		said = append(said, ended(m, err))
		c.Close()
	}
	return strings.Join(said, "; ")
}

// idles: how does an idle connection end?
func (e *env) idles(m mode) string {
	c, err := e.raw(m)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	io.WriteString(c, request("GET", e.site(m)+"/f/100.bin"))
	if _, _, err := c.answer("GET"); err != nil {
		return err.Error()
	}
	answered := time.Now()
	c.SetReadDeadline(answered.Add(5 * tightIdle * time.Second))
	r, _, err := c.answer("GET")
	switch {
	case err == nil:
		return fmt.Sprintf("an unasked %d", r.StatusCode)
	case time.Since(answered) < tightIdle*time.Second/2:
		return ended(m, err) + " at once"
	}
	return ended(m, err)
}

// tooLarge sends what is too large, and reads at the same time.
func (e *env) tooLarge(text string) string {
	m := modeOf("plain")
	c, err := e.raw(m)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	go io.WriteString(c, text)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	r, _, err := c.answer("PUT")
	if err != nil {
		return "no answer, " + ended(m, err)
	}
	said := fmt.Sprint(r.StatusCode)
	if r.Close {
		said += ", announces the end"
	}
	c.SetReadDeadline(time.Now().Add(time.Second))
	_, err = c.r.ReadByte()
	return said + ", " + ended(m, err)
}
