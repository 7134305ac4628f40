package dugong_test

import (
	"context"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/inside"
	"github.com/dugong-http/dugong/internal/nio"
)

func insideConn(bare, lenient bool) (*dugong.Conn, net.Conn) {
	near, far := net.Pipe()
	c := inside.NewConn(inside.Options{
		Transport: nio.NewTransport(near), Addr: "h.example:80", Host: "h.example", Bare: bare, Lenient: lenient,
		Config: &dugong.Config{ReaderWaits: true, Timeout: -1},
	})
	return c.(*dugong.Conn), far
}

// A Conn on a ready connection sends no more than it must, and hands over what
// follows a 101 that was not asked for.
func TestInsideBareAndLenient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := insideConn(true, true)
		defer c.Close()
		go c.SendRequest(t.Context(), &dugong.Request{Path: "/a"})
		const head = "GET /a HTTP/1.1\r\nHost: h.example\r\n\r\n"
		got := make([]byte, len(head))
		if _, err := io.ReadFull(far, got); err != nil || string(got) != head {
			t.Fatalf("sent %q, %v; want %q", got, err, head)
		}
		go io.WriteString(far, "HTTP/1.1 101 Go\r\n\r\nnot HTTP")
		r, err := c.ReadResponse(t.Context())
		if err != nil || r.Status != 101 {
			t.Fatalf("got %v, %v; want 101", r, err)
		}
		raw, err := c.Hijack()
		if err != nil {
			t.Fatal(err)
		}
		got = make([]byte, 8)
		if _, err := io.ReadFull(raw, got); err != nil || string(got) != "not HTTP" {
			t.Fatalf("read %q, %v; want what followed the 101", got, err)
		}
		raw.Close()
		far.Close()
	})
}

// A Flush that gives up leaves the rest to the reader who is parked already.
func TestInsideFlushLeavesTheRestToTheReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := insideConn(true, false)
		defer c.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(c.SendRequest(t.Context(), &dugong.Request{Path: "/a"})) // the pipe takes it only when read
		done := make(chan error, 1)
		go func() {
			for range 2 {
				if _, err := c.ReadResponse(t.Context()); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
		synctest.Wait()
		must(c.SendRequest(t.Context(), &dugong.Request{Path: "/b", More: true}))
		if err := c.Flush(ctx); err == nil {
			t.Fatal("Flush succeeded although nobody reads; the test proves nothing")
		}
		var got strings.Builder
		far.SetReadDeadline(time.Now().Add(time.Second))
		if _, err := io.Copy(&got, far); err != nil && !os.IsTimeout(err) {
			t.Fatal(err)
		}
		if !strings.Contains(got.String(), "GET /b ") {
			t.Errorf("the peer got %q; want the second request too", got.String())
			c.Close()
		}
		go io.WriteString(far, "HTTP/1.1 204 N\r\n\r\nHTTP/1.1 204 N\r\n\r\n")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		far.Close()
	})
}

// After a final answer instead of 100 the body may be sent, and the next
// request then has its own answer.
func TestInsideBodyAfterFinal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := insideConn(true, true)
		defer c.Close()
		defer far.Close()
		ctx := t.Context()
		if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: "/a", Body: dugong.BodyFollowing(4), ExpectContinue: true}); err != nil {
			t.Fatal(err)
		}
		sent := make(chan string)
		go func() {
			var got []byte
			buf := make([]byte, 1<<10)
			answer := "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
			for !strings.Contains(string(got), "GET /b") {
				n, err := far.Read(buf)
				if got = append(got, buf[:n]...); err != nil {
					break
				}
				if answer != "" {
					io.WriteString(far, answer)
					answer = ""
				}
			}
			go io.WriteString(far, "HTTP/1.1 204 No\r\n\r\n")
			sent <- string(got)
		}()
		read := func(want int) {
			t.Helper()
			if r, err := c.ReadResponse(ctx); err != nil || r.Status != want {
				t.Fatalf("got %v, %v; want %d", r, err, want)
			}
		}
		read(500)
		if _, err := c.Write([]byte("body")); err != nil {
			t.Fatal(err)
		}
		if err := c.SendRequest(ctx, &dugong.Request{Path: "/b"}); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(ctx); err != nil {
			t.Fatal(err)
		}
		if got := <-sent; !strings.Contains(got, "\r\n\r\nbodyGET /b ") {
			t.Errorf("sent %q", got)
		}
		read(204)
	})
}
