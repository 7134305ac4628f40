package dugonghttp_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A wrong answer that comes together with a right one, and is met by who reads
// ahead, is what its own caller is told, and what the origin is judged by.
func TestWrongAnswerReadAhead(t *testing.T) {
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/1")
		p.Send(ok("/1"))
		expect(p, "/2", "/3")
		p.Send(ok("/2") + "HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nx")
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 8, DisableRetries: true, MaxConnsPerHost: 1}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		b.ask("http://h.example/1")
		b.well("/1")
		b.ask("http://h.example/2")
		b.ask("http://h.example/3")
		b.well("/2")
		b.all()
		if err := b.got["/3"].err; !errors.Is(err, dugong.ErrInvalidResponse) {
			t.Errorf("/3: %v, want an invalid response", err)
		}
		for _, o := range tr.Origins() {
			if !strings.Contains(o.NotPipelined, "wrong answer") {
				t.Errorf("not pipelined because %q", o.NotPipelined)
			}
		}
	})
}
