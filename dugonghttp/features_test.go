package dugonghttp_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// After a 101 the body is the connection, in both directions, what came with
// the head included; its end is the end of the connection.
func TestUpgrade(t *testing.T) {
	for _, m := range []wiretest.Mode{wiretest.Plain, wiretest.TLS} {
		srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
			serve(p, "/first")
			r := p.ReadRequest()
			if r.Get("Upgrade") != "echo" || r.Get("Connection") != "Upgrade" {
				p.Fatalf("got %q", r.Raw)
			}
			p.Send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello ")
			for _, line := range []string{"one\n", "two\n"} {
				p.Expect(line)
				p.Send(line)
			}
			p.ExpectClosed()
		})
		tr := &dugonghttp.Transport{TLSClientConfig: m.ClientTLS(), Depth: 8}
		c := client(t, tr)
		base := map[bool]string{false: "http://", true: "https://"}[m.TLS] + srv.Addr
		if _, _, err := fetch(c, get(t, base+"/first")); err != nil {
			t.Fatal(err)
		}
		req := get(t, base+"/up")
		req.Header.Set("Connection", "Upgrade")
		req.Header.Set("Upgrade", "echo")
		resp, err := c.Do(req)
		if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "echo" {
			t.Fatal(resp, err)
		}
		rw, ok := resp.Body.(io.ReadWriteCloser)
		if !ok {
			t.Fatalf("the body is a %T", resp.Body)
		}
		got := make([]byte, 6)
		for _, want := range []string{"hello ", "one\n", "two\n"} {
			if want != "hello " {
				if _, err := io.WriteString(rw, want); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := io.ReadFull(rw, got[:len(want)]); err != nil || string(got[:len(want)]) != want {
				t.Fatalf("%v: got %q, %v; want %q", m, got, err, want)
			}
		}
		if err := rw.Close(); err != nil {
			t.Error(err)
		}
		if o := tr.Origins()[0]; o.Conns != 0 {
			t.Errorf("%v: the connection is still counted: %+v", m, o)
		}
	}
}

// Gzip is asked for and taken off where the caller has not said otherwise.
func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	io.WriteString(z, "plain text")
	z.Close()
	answer := "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + itoa(packed.Len()) + "\r\n\r\n"
	for _, c := range []struct {
		what, method string
		change       func(*http.Request, *dugonghttp.Transport)
		asks         string
		unpacked     bool
	}{
		{"by itself", "GET", func(*http.Request, *dugonghttp.Transport) {}, "gzip", true},
		{"DisableCompression", "GET", func(_ *http.Request, tr *dugonghttp.Transport) { tr.DisableCompression = true }, "", false},
		{"asked by the caller", "GET", func(r *http.Request, _ *dugonghttp.Transport) { r.Header.Set("Accept-Encoding", "gzip, br") }, "gzip, br", false},
		{"a range", "GET", func(r *http.Request, _ *dugonghttp.Transport) { r.Header.Set("Range", "bytes=0-9") }, "", false},
		{"HEAD", "HEAD", func(*http.Request, *dugonghttp.Transport) {}, "", false},
	} {
		srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			if r := p.ReadRequest(); r.Get("Accept-Encoding") != c.asks {
				p.Fatalf("%s: asks for %q", c.what, r.Get("Accept-Encoding"))
			}
			p.Send(answer)
			if c.method != "HEAD" {
				p.Send(packed.String())
			}
			p.ExpectClosed()
		})
		tr := &dugonghttp.Transport{}
		req := request(t, c.method, "http://"+srv.Addr, nil)
		c.change(req, tr)
		resp, err := client(t, tr).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		want := packed.String()
		if c.unpacked {
			want = "plain text"
		} else if c.method == "HEAD" {
			want = ""
		}
		if err != nil || string(body) != want || resp.Uncompressed != c.unpacked || (resp.ContentLength < 0) != c.unpacked ||
			(resp.Header.Get("Content-Encoding") == "") != c.unpacked {
			t.Errorf("%s: got %q, %v, length %d, %v", c.what, body, err, resp.ContentLength, resp.Header)
		}
		tr.CloseIdleConnections()
	}
}

// A gzip body that is cut off, or is none, is an error and never a short body.
func TestBadGzip(t *testing.T) {
	for _, body := range []string{"no gzip at all", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"} {
		srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + itoa(len(body)) + "\r\n\r\n" + body)
			p.ExpectClosed()
		})
		c := client(t, &dugonghttp.Transport{})
		if _, got, err := fetch(c, get(t, "http://"+srv.Addr)); err == nil {
			t.Errorf("%q: got %q and no error", body, got)
		}
		c.CloseIdleConnections()
	}
}

// The wait for the head has a limit that begins when the request is sent.
func TestResponseHeaderTimeout(t *testing.T) {
	for _, method := range []string{"GET", "POST"} {
		n := &network{rest: func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Drain()
		}}
		bubble(t, &dugonghttp.Transport{ResponseHeaderTimeout: time.Minute}, n, func(t *testing.T, b *asker) {
			var body io.Reader
			if method == "POST" {
				body = io.MultiReader(pause(30*time.Second), strings.NewReader("slow"))
			}
			start := time.Now()
			_, _, err := fetch(b.c, request(t, method, "http://h.example/", body))
			want := map[string]time.Duration{"GET": 60 * time.Second, "POST": 90 * time.Second}[method]
			var ne net.Error
			if d := time.Since(start); d != want || !errors.As(err, &ne) || !ne.Timeout() || dugonghttp.Verdict(err) != dugong.MaybeProcessed {
				t.Errorf("%s: after %v: %v, %v; want a timeout after %v", method, d, err, dugonghttp.Verdict(err), want)
			}
		})
	}
}

// pause is a reader that gives nothing for a while.
type pause time.Duration

func (d pause) Read([]byte) (int, error) {
	<-time.After(time.Duration(d))
	return 0, io.EOF
}

// A body that waits for 100 waits for ExpectContinueTimeout at most, and is not
// sent after a final answer that closes.
func TestExpectContinue(t *testing.T) {
	for _, c := range []struct {
		what   string
		limit  time.Duration
		script wiretest.Script
		took   time.Duration
		status int
	}{
		{"100", time.Minute, func(p *wiretest.Peer) {
			r := p.ReadHead()
			p.ExpectNothing()
			<-time.After(time.Second - 10*time.Millisecond) // ExpectNothing looks for that long
			p.Send("HTTP/1.1 100 Continue\r\n\r\n")
			p.ReadBody(r)
			p.Send(ok("done"))
			p.ExpectClosed()
		}, time.Second, 200},
		{"silence", time.Minute, func(p *wiretest.Peer) {
			r := p.ReadHead()
			p.ReadBody(r)
			p.Send(ok("done"))
			p.ExpectClosed()
		}, time.Minute, 200},
		{"no wait", 0, func(p *wiretest.Peer) {
			r := p.ReadHead()
			p.ReadBody(r)
			p.Send(ok("done"))
			p.ExpectClosed()
		}, 0, 200},
		{"refused", time.Minute, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Send("HTTP/1.1 417 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
			p.ExpectClosed() // and no body before that
		}, 0, 417},
	} {
		n := &network{scripts: []wiretest.Script{c.script}}
		bubble(t, &dugonghttp.Transport{ExpectContinueTimeout: c.limit}, n, func(t *testing.T, b *asker) {
			req := request(t, "PUT", "http://h.example/", strings.NewReader("body"))
			req.Header.Set("Expect", "100-continue")
			start := time.Now()
			status, _, err := fetch(b.c, req)
			if d := time.Since(start); d.Round(time.Millisecond) != c.took || err != nil || status != c.status {
				t.Errorf("%s: %d, %v after %v; want %d after %v", c.what, status, err, d, c.status, c.took)
			}
		})
	}
}

// http.Client.Timeout keeps its own words, in the wait for the head and in the
// body, and the one who is cut off takes nobody with him.
func TestClientTimeout(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/head", "/next")
		<-time.After(2 * time.Second)
		p.Send(ok("/head"), ok("/next"))
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nbeginning")
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 8, HeadOfLineLimit: -1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		hasty := &http.Client{Transport: tr, Timeout: time.Second}
		failed := func(path string) {
			t.Helper()
			_, _, err := fetch(hasty, get(t, "http://h.example"+path))
			var ne net.Error
			if err == nil || !strings.Contains(err.Error(), "Client.Timeout") || !errors.As(err, &ne) || !ne.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: got %v", path, err)
			}
		}
		b.wg.Go(func() { failed("/head") })
		synctest.Wait()
		b.ask("http://h.example/next")
		b.well("/next")
		failed("/body")
	})
}

func itoa(n int) string { return strconv.Itoa(n) }

// The fields of each answer are its own, in the form of http.Header, however
// those before on the connection looked.
func TestFieldsOfManyAnswers(t *testing.T) {
	answers := []string{
		"content-length: 0\r\nx-one: 1\r\nX-Two: a\r\n",
		"content-length: 0\r\nx-one: 2\r\nX-Two: b\r\n",
		"content-length: 0\r\nX-Two: c\r\nx-one: 3\r\n",
		"content-length: 0\r\nx-one: 4\r\nX-ONE: 5\r\n",
		"content-length: 0\r\nx-one: 6\r\nX-ONE: 7\r\n",
		"content-length: 0\r\n",
		"content-length: 0\r\nx-one: 8\r\nX-Two: d\r\n",
	}
	want := []string{"1|a", "2|b", "3|c", "4,5|", "6,7|", "|", "8|d"}
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		for _, fields := range answers {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\n" + fields + "\r\n")
		}
		p.ExpectClosed()
	})
	c := client(t, &dugonghttp.Transport{})
	var all []http.Header
	for range answers {
		resp, err := c.Do(get(t, "http://"+srv.Addr))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		all = append(all, resp.Header)
	}
	for i, h := range all { // when all have come, so that none may have been overwritten
		if got := strings.Join(h["X-One"], ",") + "|" + strings.Join(h["X-Two"], ","); got != want[i] || len(h["Content-Length"]) != 1 {
			t.Errorf("answer %d: got %q of %v, want %q", i, got, h, want[i])
		}
	}
	c.CloseIdleConnections()
}

// A body that can be sent no further, because the Dialer has put a deadline on
// its connection, fails the request even if the server is waiting for the rest.
func TestUploadThatStops(t *testing.T) {
	over := make(chan struct{})
	srv := wiretest.Setup{ReadBuffer: 4 << 10}.Serve(t, func(p *wiretest.Peer) {
		p.ReadHead()
		p.StopReading(over)
	})
	c := client(t, &dugonghttp.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err == nil {
			conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		}
		return conn, err
	}})
	_, _, err := fetch(c, request(t, "PUT", "http://"+srv.Addr, io.LimitReader(endless{}, 1<<30)))
	if err == nil || dugonghttp.Verdict(err) != dugong.MaybeProcessed {
		t.Errorf("got %v", err)
	}
	close(over)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
