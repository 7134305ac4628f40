package dugonghttp_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What CheckResponse refused is sent again, and the end of the first upload,
// which was under way still, does not end the second one.
func TestCheckResponseDuringAnUpload(t *testing.T) {
	var second chan bool // of the bubble
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/a", "/b")
		p.Send(ok("/a"), ok("/b"))
		p.ReadHead()
		p.Send("HTTP/1.1 200 OK\r\nX-Wrong: 1\r\nContent-Length: 0\r\n\r\n")
		p.Drain()
	}, func(p *wiretest.Peer) {
		r := p.ReadRequest()
		close(second)
		<-time.After(time.Second)
		p.TrySend(ok(r.Target))
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 4, CheckResponse: func(_ *http.Request, r *http.Response) error {
		if r.Header.Get("X-Wrong") != "" {
			return errors.New("wrong")
		}
		return nil
	}}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		second = make(chan bool)
		b.ask("http://h.example/a")
		b.ask("http://h.example/b") // with one request at a time nothing is checked
		body := bytes.Repeat([]byte("x"), 100)
		late := readerFunc(func([]byte) (int, error) {
			<-second
			return 0, errors.New("no more")
		})
		req := request(t, "PUT", "http://h.example/put", io.MultiReader(bytes.NewReader(body[:50]), late))
		req.ContentLength = 100
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		b.send(req)
		b.well("/a", "/b", "/put")
	})
}

// A request body whose Read gives a count that cannot be is a broken body: nothing
// of what stands behind the room it was given goes out.
func TestLyingRequestBody(t *testing.T) {
	for _, length := range []int64{3, 1 << 20, -1} {
		for _, lie := range []int{-1, 100} {
			srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				p.ReadHead()
				if n := p.Drain(); n != 0 {
					p.Fatalf("%d octets of a body came", n)
				}
			})
			tr := &dugonghttp.Transport{}
			req := request(t, "PUT", "http://"+srv.Addr+"/", readerFunc(func(p []byte) (int, error) {
				if lie < 0 {
					return lie, nil
				}
				return len(p) + lie, nil
			}))
			req.ContentLength = length
			if _, _, err := fetch(&http.Client{Transport: tr}, req); err == nil || !strings.Contains(err.Error(), "io.Reader forbids") {
				t.Errorf("length %d, a count wrong by %d: %v", length, lie, err)
			}
			tr.CloseIdleConnections()
		}
	}
}
