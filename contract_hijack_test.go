package dugong_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A 101 that was asked for and a 2xx to CONNECT hand over the connection, what
// is buffered first; the Conn is then as after Close.
func TestContractHijack(t *testing.T) {
	for name, c := range map[string]struct {
		q      *dugong.Request
		answer string
		status int
	}{
		"101":                {upgrade("/up"), "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\n", 101},
		"CONNECT":            {connect(), "HTTP/1.1 200 Yes\r\nContent-Length: 5\r\n\r\n", 200},
		"CONNECT, by 1.0":    {connect(), "HTTP/1.0 200 Yes\r\n\r\n", 200},
		"CONNECT, other 2xx": {connect(), "HTTP/1.1 299 Yes\r\nTransfer-Encoding: chunked\r\n\r\n", 299},
	} {
		for _, buffered := range []string{"", "hello"} {
			t.Run(name+buffered, func(t *testing.T) {
				both(t, dugong.Config{}, func(r *rig) {
					r.send(c.q)
					_, err := r.Hijack()
					r.wantErr(err, dugong.ErrState)
					resp, err := r.ReadResponse(r.ctx)
					if err != nil || resp.Status != c.status || resp.Length != 0 {
						r.t.Fatal(resp, err)
					}
					r.wantBody(resp, nil)
					conn, err := r.Hijack()
					if err != nil {
						r.t.Fatal(err)
					}
					defer conn.Close()
					afterHijack(r)
					talk(r, conn, buffered)
				}, func(p *wiretest.Peer) {
					p.ReadRequest()
					p.Send(c.answer + buffered)
					if buffered == "" {
						p.Send("hello")
					}
					p.Expect("ping")
					p.Send("pong")
					p.ExpectEOF()
					p.Send("after")
					p.CloseWrite()
				})
			})
		}
	}
}

func afterHijack(r *rig) {
	r.t.Helper()
	r.refuses(get("/b"), dugong.ErrConnectionClosed)
	r.fails(dugong.ErrConnectionClosed)
	_, err := r.Hijack()
	r.wantErr(err, dugong.ErrState)
	r.wantErr(r.Reset(), dugong.ErrConnectionClosed)
	r.wantErr(r.Connect(r.ctx), dugong.ErrConnectionClosed)
	r.Close()
	r.wantPending(0)
}

// talk uses the connection as any net.Conn: deadlines, blocking, half-close.
func talk(r *rig, conn net.Conn, buffered string) {
	r.t.Helper()
	got := make([]byte, 5)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		r.t.Fatalf("%q, %v", got, err)
	}
	conn.SetReadDeadline(time.Now().Add(-time.Second))
	if _, err := conn.Read(got); !errors.Is(err, os.ErrDeadlineExceeded) {
		r.t.Errorf("a read beyond its deadline gave %v", err)
	}
	conn.SetReadDeadline(time.Now().Add(wiretest.DefaultGuard))
	if _, err := conn.Write([]byte("ping")); err != nil {
		r.t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, got[:4]); err != nil || string(got[:4]) != "pong" {
		r.t.Fatalf("%q, %v", got, err)
	}
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		r.t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); string(rest) != "after" || err != nil {
		r.t.Errorf("%q, %v", rest, err)
	}
}

// Hijack without a tunnel is ErrState, and nothing happens.
func TestContractHijackWithoutTunnel(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		_, err := r.Hijack()
		r.wantErr(err, dugong.ErrState)
		r.exchange("/a", "/a")
		_, err = r.Hijack()
		r.wantErr(err, dugong.ErrState)
		r.exchange("/b", "/b")
	}, serving(2))
}

// Every kind of response, two in a row, and the connection goes on.
func TestContractResponses(t *testing.T) {
	for name, c := range map[string]struct {
		method, answer string
		status         int
		length         int64
		body           string
	}{
		"counted":          {"GET", ok([]byte("abc")), 200, 3, "abc"},
		"counted 0":        {"GET", ok(nil), 200, 0, ""},
		"chunked":          {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=\"b;c\"\r\na\r\n002 ; x\r\nbc\r\n0;last\r\nT: 1\r\nU: 2\r\n\r\n", 200, -1, "abc"},
		"chunked, empty":   {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n", 200, -1, ""},
		"HEAD":             {"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 200, 0, ""},
		"HEAD, chunked":    {"HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, 0, ""},
		"HEAD, unframed":   {"HEAD", "HTTP/1.1 317 Odd\r\n\r\n", 317, 0, ""},
		"204":              {"GET", "HTTP/1.1 204 N\r\nContent-Length: 3\r\n\r\n", 204, 0, ""},
		"304":              {"GET", "HTTP/1.1 304 N\r\nContent-Length: 3\r\n\r\n", 304, 0, ""},
		"205 is framed":    {"GET", "HTTP/1.1 205 R\r\nContent-Length: 1\r\n\r\nx", 205, 1, "x"},
		"1.0 keep-alive":   {"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", 200, 1, "x"},
		"byteranges":       {"GET", "HTTP/1.1 206 P\r\nContent-Type: multipart/byteranges; boundary=b\r\nContent-Length: 9\r\n\r\n--b\r\n\r\n--", 206, 9, "--b\r\n\r\n--"},
		"other method":     {"PROPFIND", "HTTP/1.1 207 M\r\nContent-Length: 1\r\n\r\nx", 207, 1, "x"},
		"reason of 0":      {"GET", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", 200, 0, ""},
		"unknown class":    {"GET", "HTTP/1.1 799 What\r\nContent-Length: 1\r\n\r\nx", 799, 1, "x"},
		"same length list": {"GET", "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", 200, 1, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, dugong.Config{}, func(r *rig) {
				for range 2 {
					r.send(&dugong.Request{Method: c.method, Path: "/"})
				}
				for i := range 2 {
					resp := r.read("/", c.status)
					if resp.Length != c.length || resp.Close || resp.Method != c.method {
						r.t.Errorf("length %d, close %v, method %s", resp.Length, resp.Close, resp.Method)
					}
					if c.length == 0 {
						r.wantPending(1 - i) // a response without body leaves at once
					}
					r.wantBody(resp, []byte(c.body))
					r.wantBody(resp, nil)
					r.wantPending(1 - i)
					if name == "chunked" && (resp.Body.Trailer().Get("T") != "1" || resp.Body.Trailer().Len() != 2 || resp.Header.Get("T") != "") {
						r.t.Errorf("trailer %v", resp.Body.Trailer().Header())
					}
				}
				r.exchange("/b", "/b")
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.SendSlowly(c.answer)
				p.ReadRequest()
				p.Send(c.answer)
				serving(1)(p)
			})
		})
	}
}
