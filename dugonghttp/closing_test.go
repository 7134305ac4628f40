package dugonghttp_test

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What is in use during CloseIdleConnections is closed when it comes free; with
// a new request connections are kept again.
func TestCloseIdleWhileInUse(t *testing.T) {
	answer := make(chan struct{})
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/1")
		<-answer
		p.Send(ok("/1"))
		p.ExpectClosed()
	}, func(p *wiretest.Peer) {
		for _, path := range []string{"/2", "/3"} {
			expect(p, path)
			p.Send(ok(path))
		}
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		answer = make(chan struct{})
		b.ask("http://h.example/1")
		if n.openTo("h.example:80") != 1 {
			t.Fatal("no connection")
		}
		tr.CloseIdleConnections()
		if n.openTo("h.example:80") != 1 {
			t.Fatal("a connection in use was closed")
		}
		close(answer)
		b.well("/1")
		if n.openTo("h.example:80") != 0 {
			t.Fatal("kept though CloseIdleConnections came before its answer")
		}
		for _, path := range []string{"/2", "/3"} {
			if _, body, err := fetch(b.c, get(t, "http://h.example"+path)); err != nil || !strings.Contains(body, path) {
				t.Fatalf("%s: %q, %v", path, body, err)
			}
		}
		if n.openTo("h.example:80") != 1 {
			t.Fatal("the second connection was not kept")
		}
	})
}
