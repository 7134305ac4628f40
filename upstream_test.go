package dugong_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The files upstream_*_test.go hold a counterpart of every test of the Python
// original, under its name; docs/from-python.md has the table. Each runs plain
// and under TLS, blocking and with a cancellable context, as the original's ran
// plain and under TLS; those that the original marks no_ssl run plain only.
// Where the Go library differs on purpose the test says so and holds the new
// behaviour.

// A rig is a connection under test with what its calls need.
type rig struct {
	*dugong.Conn
	t   *testing.T
	m   wiretest.Mode
	ctx context.Context
}

// eachConn runs body in every mode, against a server that plays the scripts on
// the connections that body makes.
func eachConn(t *testing.T, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	eachConnIn(t, wiretest.Modes(wiretest.Waits()...), body, scripts...)
}

// eachPlainConn is eachConn without TLS.
func eachPlainConn(t *testing.T, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	eachConnIn(t, wiretest.PlainModes(wiretest.Waits()...), body, scripts...)
}

func eachConnIn(t *testing.T, modes []wiretest.Mode, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, scripts...)
		body(newRig(t, m, srv.Addr, dugong.Config{}))
	}, modes...)
}

// eachWait runs f in every way to wait, for tests that choose TLS themselves.
func eachWait(t *testing.T, f func(t *testing.T, m wiretest.Mode)) {
	t.Helper()
	wiretest.Each(t, f, wiretest.PlainModes(wiretest.Waits()...)...)
}

// newRig makes a connection to addr that is closed at the end of the test.
func newRig(t *testing.T, m wiretest.Mode, addr string, cfg dugong.Config) *rig {
	t.Helper()
	if cfg.TLS == nil {
		cfg.TLS = m.ClientTLS()
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = wiretest.DefaultGuard
	}
	c, err := dugong.New(addr, &cfg)
	if err != nil {
		t.Fatalf("New(%q): %v", addr, err)
	}
	t.Cleanup(func() { c.Close() })
	return &rig{c, t, m, m.Ctx(t)}
}

// spawn runs f beside the test, by a context of its own: as a goroutine, or as
// a task of the same loop. wait gives its error.
func (r *rig) spawn(f func(r *rig) error) (wait func() error) {
	return wiretest.Spawn(r.ctx, func(ctx context.Context) error {
		s := *r
		s.ctx = ctx
		return f(&s)
	})
}

// get sends a GET for path.
func (r *rig) get(path string) {
	r.t.Helper()
	r.send(&dugong.Request{Method: "GET", Path: path})
}

func (r *rig) send(req *dugong.Request) {
	r.t.Helper()
	if err := r.SendRequest(r.ctx, req); err != nil {
		r.t.Fatalf("sending %s %s: %v", req.Method, req.Path, err)
	}
}

func (r *rig) write(p []byte) {
	r.t.Helper()
	if n, err := r.Write(p); n != len(p) || err != nil {
		r.t.Fatalf("Write of %d octets: %d, %v", len(p), n, err)
	}
}

// read reads the next response, which must answer path with status.
func (r *rig) read(path string, status int) *dugong.Response {
	r.t.Helper()
	resp, err := r.ReadResponse(r.ctx)
	if err != nil {
		r.t.Fatalf("reading the response to %s: %v", path, err)
	}
	if resp.Path != path || resp.Status != status {
		r.t.Fatalf("the response is %d to %s; want %d to %s", resp.Status, resp.Path, status, path)
	}
	return resp
}

// wantBody reads the body to its end, which must be want.
func (r *rig) wantBody(resp *dugong.Response, want []byte) {
	r.t.Helper()
	got, err := resp.Body.ReadAll()
	if err != nil {
		r.t.Fatalf("reading the body of %s: %v", resp.Path, err)
	}
	r.same(got, want)
}

func (r *rig) same(got, want []byte) {
	r.t.Helper()
	if !bytes.Equal(got, want) {
		r.t.Fatalf("got %d octets %.60q, want %d octets %.60q", len(got), got, len(want), want)
	}
}

// wantPending checks the number of requests whose response can be read.
func (r *rig) wantPending(n int) {
	r.t.Helper()
	if got := r.Pending(); got != n {
		r.t.Errorf("%d pending, want %d", got, n)
	}
}

// wantErr checks that err is of this kind, by identity and as the one error type.
func (r *rig) wantErr(err, kind error) *dugong.Error {
	r.t.Helper()
	var e *dugong.Error
	if !errors.As(err, &e) || !errors.Is(err, kind) {
		r.t.Fatalf("got error %v, want an *Error that is %q", err, kind)
	}
	if strings.Count(err.Error(), "dugong: ") != 1 {
		r.t.Errorf("the prefix is to stand once: %v", err)
	}
	return e
}

// wantLost checks that another exchange fails with ErrConnectionClosed, while
// sending or while reading.
func (r *rig) wantLost() {
	r.t.Helper()
	err := r.SendRequest(r.ctx, &dugong.Request{Method: "GET", Path: "/lost"})
	if err == nil {
		_, err = r.ReadResponse(r.ctx)
	}
	r.wantErr(err, dugong.ErrConnectionClosed)
}

// data is n octets, different at every place that matters.
func data(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

// text is n octets of lines.
func text(n int) []byte {
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, "line %d of the text\n", i)
	}
	return b.Bytes()[:n]
}

// ok is a whole response with a counted body.
func ok(body []byte) string { return answer("200 OK", body) }

func answer(status string, body []byte) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
}

// chunked is a whole response in these chunks.
func chunked(chunks ...[]byte) string {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	for _, c := range chunks {
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(c), c)
	}
	b.WriteString("0\r\n\r\n")
	return b.String()
}

// once is a script that answers the first request and stays open.
func once(response string) wiretest.Script {
	return func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send(response)
		p.ExpectClosed()
	}
}

// mock is the original's mock server: GET and HEAD of /send_N_bytes give N
// octets of data, PUT checks Content-MD5; nothing closes the connection.
func mock(p *wiretest.Peer) {
	for r, more := p.NextHead(); more; r, more = p.NextHead() {
		p.ReadBody(r)
		switch r.Method {
		case "GET":
			p.Send(ok(data(mockLength(p, r))))
		case "HEAD":
			p.Send(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", mockLength(p, r)))
		case "PUT":
			p.Send(mockPut(r))
		default:
			p.Fatalf("the mock server does not know %s", r.Method)
		}
	}
}

func mockLength(p *wiretest.Peer, r *wiretest.Request) int {
	var n int
	if _, err := fmt.Sscanf(r.Target, "/send_%d_bytes", &n); err != nil {
		p.Fatalf("the mock server does not know %s", r.Target)
	}
	return n
}

func mockPut(r *wiretest.Request) string {
	if r.Has("Content-MD5") && r.Get("Content-MD5") != md5Field([]byte(r.Body)) {
		return answer("400 MD5 mismatch", []byte("the checksum does not fit"))
	}
	return "HTTP/1.1 204 Ok, but no content\r\n\r\n"
}

func md5Field(p []byte) string {
	sum := md5.Sum(p)
	return base64.StdEncoding.EncodeToString(sum[:])
}
