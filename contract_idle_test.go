package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A connection whose last answer was read holds no memory for reading, however
// the answer was framed.
func TestContractIdleHoldsNoBuffer(t *testing.T) {
	for name, answer := range map[string]string{
		"no body":   "HTTP/1.1 204 No Content\r\n\r\n",
		"empty":     "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
		"counted":   "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
		"chunked":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
		"of a HEAD": "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			method := map[bool]string{true: "HEAD", false: "GET"}[name == "of a HEAD"]
			both(t, dugong.Config{}, func(r *rig) {
				for range 2 {
					r.send(&dugong.Request{Method: method, Path: "/a"})
					resp, err := r.ReadResponse(r.ctx)
					if err == nil {
						_, err = resp.Body.ReadAll()
					}
					if err != nil {
						r.t.Fatal(err)
					}
					if n := dugong.BorrowedWindows(); n != 0 {
						r.t.Errorf("%d buffers held", n)
					}
				}
			}, func(p *wiretest.Peer) {
				for range 2 {
					p.ReadRequest()
					p.Send(answer)
				}
				p.ExpectClosed()
			})
		})
	}
}
