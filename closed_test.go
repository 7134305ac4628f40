package dugong_test

import (
	"errors"
	"net"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// After Close a read says that the connection is closed, whatever was on it:
// a reader whose program closes it from elsewhere is not told to be wrong.
func TestReadAfterClose(t *testing.T) {
	for _, sent := range []int{0, 1, 2} { // and one of them read
		eachConn(t, func(r *rig) {
			if err := r.Connect(r.ctx); err != nil {
				t.Fatal(err)
			}
			for range sent {
				r.get("/")
			}
			if sent > 0 {
				r.wantBody(r.read("/", 200), []byte("ok"))
			}
			r.Conn.Close()
			for range 2 {
				_, err := r.ReadResponse(r.ctx)
				if !errors.Is(err, dugong.ErrConnectionClosed) || !errors.Is(err, net.ErrClosed) {
					t.Fatalf("%d sent: %v", sent, err)
				}
			}
		}, func(p *wiretest.Peer) {
			for {
				if _, there := p.NextHead(); !there {
					return
				}
				p.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			}
		})
	}
}
