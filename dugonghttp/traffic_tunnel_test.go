package dugonghttp_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A request after whose answer the connection is the caller's is counted up to
// there, and nothing of what follows.
func TestTrafficOfATunnel(t *testing.T) {
	for method, answer := range map[string]string{
		"GET":     "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n",
		"CONNECT": "HTTP/1.1 200 Tunnel\r\n\r\n",
	} {
		var head int
		n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
			serve(p, "/first")
			head = len(p.ReadHead().Raw)
			p.Send(answer + "hello")
			p.Expect("ping!")
			p.Send("pong!")
			p.ExpectClosed()
		}}}
		var seen traffic
		tr := &dugonghttp.Transport{Depth: 4, Metrics: seen.metrics()}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			b.ask("http://h.example/first")
			seen.take()
			req := request(t, method, "http://h.example:80", nil)
			if method == "GET" {
				req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"echo"}}
			}
			resp, err := tr.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			talk(t, resp.Body.(io.ReadWriteCloser))
			synctest.Wait()
			want := fmt.Sprint(method, resp.StatusCode, head, len(answer), 0, 0)
			var got []string
			for _, x := range seen.take() {
				got = append(got, fmt.Sprint(x.Method, x.Status, x.Sent, x.Received, x.RequestBody, x.ResponseBody))
			}
			if strings.Join(got, "; ") != want {
				t.Errorf("told %q, want %q", got, want)
			}
		})
	}
}

func talk(t *testing.T, c io.ReadWriteCloser) {
	t.Helper()
	var got [10]byte
	_, err1 := io.ReadFull(c, got[:5])
	_, err2 := io.WriteString(c, "ping!")
	_, err3 := io.ReadFull(c, got[5:])
	if string(got[:]) != "hellopong!" || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("%q, %v, %v, %v", got, err1, err2, err3)
	}
	c.Close()
}
