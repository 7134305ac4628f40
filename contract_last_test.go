package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func closing(path string) *dugong.Request {
	return &dugong.Request{Path: path, Header: dugong.Header{{Name: "Connection", Value: "close"}}}
}

func upgrade(path string) *dugong.Request {
	return &dugong.Request{Path: path, Header: dugong.Header{{Name: "Connection", Value: "upgrade"}, {Name: "Upgrade", Value: "echo/1"}}}
}

func connect() *dugong.Request { return &dugong.Request{Method: "CONNECT", Path: "far.test:22"} }

// After close, CONNECT and Upgrade every SendRequest is ErrState until the
// answer settles it, and nothing of it is sent.
func TestContractLastRequest(t *testing.T) {
	const (
		ends = iota
		goesOn
		tunnel
	)
	for _, c := range []struct {
		name   string
		last   *dugong.Request
		answer string
		then   int
	}{
		{"close", closing("/last"), ok(nil), ends},
		{"close, and the answer says so", closing("/last"), "HTTP/1.1 204 N\r\nConnection: close\r\n\r\n", ends},
		{"upgrade refused", upgrade("/last"), ok([]byte("no")), goesOn},
		{"upgrade refused with close", upgrade("/last"), "HTTP/1.1 204 N\r\nConnection: close\r\n\r\n", ends},
		{"upgrade", upgrade("/last"), "HTTP/1.1 101 Yes\r\nConnection: upgrade\r\nUpgrade: echo/1\r\n\r\n", tunnel},
		{"CONNECT refused", connect(), answer("405 No", []byte("no")), goesOn},
		{"CONNECT", connect(), "HTTP/1.1 200 Yes\r\n\r\n", tunnel},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused := newStep()
			both(t, dugong.Config{}, func(r *rig) {
				r.get("/first")
				r.send(c.last)
				r.refuses(get("/b"), dugong.ErrState)
				r.wantBody(r.read("/first", 200), nil)
				r.refuses(get("/b"), dugong.ErrState)
				refused.tell()
				resp, err := r.ReadResponse(r.ctx)
				if err != nil {
					r.t.Fatal(err)
				}
				if _, err := resp.Body.Discard(); err != nil {
					r.t.Fatal(err)
				}
				switch c.then {
				case ends:
					if !resp.Close {
						r.t.Error("Close is not set")
					}
					r.refuses(get("/b"), dugong.ErrConnectionClosed)
				case tunnel:
					if err := r.SendRequest(r.ctx, get("/b")); err == nil {
						r.t.Error("a request was sent into the tunnel")
					}
				case goesOn:
					r.exchange("/b", "/b")
				}
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.Send(ok(nil))
				p.ReadRequest()
				p.Wait(refused)
				p.ExpectNothing()
				p.Send(c.answer)
				if c.then == goesOn {
					serving(1)(p)
				} else {
					p.ExpectClosed()
				}
			})
		})
	}
}
