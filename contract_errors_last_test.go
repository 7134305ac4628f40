package dugong_test

import (
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A nil *Request is refused like any other that cannot be sent: what is in
// flight is answered, nothing is connected for it, and nothing is lost.
func TestContractErrorsNoRequest(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		noRequest := func(err error) {
			r.t.Helper()
			e := r.wantErr(err, dugong.ErrInvalidRequest)
			if e.Detail != "no request" || e.Fault != dugong.FaultCaller || e.Method != "" || e.NotProcessed+e.MaybeProcessed != 0 {
				r.t.Errorf("%v: fault %s", e, e.Fault)
			}
		}
		noRequest(r.SendRequest(r.ctx, nil))
		if local, _ := r.NetAddrs(); local != nil {
			r.t.Error("it has connected")
		}
		r.get("/a")
		noRequest(r.SendRequest(r.ctx, nil))
		r.wantPending(1)
		r.wantBody(r.read("/a", 200), []byte("/a"))
		good, last := pipelined(r, requests(numbered(0), numbered(1), nil, get("/never")), func(int) {})
		if noRequest(last); good != 2 {
			r.t.Errorf("%d responses before it", good)
		}
		r.wantListed("")
		r.exchange("/d", "/d")
	}, serving(4))
}

// A call after a response that was the last one says which that was, and does not
// say that it failed: it did not.
func TestContractErrorsAfterLast(t *testing.T) {
	for name, c := range map[string]struct{ answer, detail string }{
		"announced":        {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nb", "the peer announced the end after GET /b?..."},
		"body until close": {"HTTP/1.1 200 OK\r\n\r\nb", "the connection ended after GET /b?..., as the request or the framing of its response demanded"},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, dugong.Config{ReadUntilClose: true}, func(r *rig) {
				_, err := pipelined(r, requests(numbered(0), &dugong.Request{Path: "/b?SECRET", Tag: 1}, get("/c")), func(int) {})
				_, read := r.ReadResponse(r.ctx)
				for _, err := range []error{err, read, r.SendRequest(r.ctx, get("/d"))} {
					e := r.wantErr(err, dugong.ErrConnectionClosed)
					if e.Detail != c.detail || e.NotProcessed+e.MaybeProcessed != 1 || strings.Contains(e.Error(), "lost before") {
						r.t.Errorf("%v", e)
					}
				}
			}, func(p *wiretest.Peer) {
				for range 3 {
					p.ReadRequest()
				}
				p.Send(ok([]byte("a")) + c.answer)
				p.CloseWrite()
				p.Drain()
			})
		})
	}
}

// The prefix stands once, also where an error is the cause of another one and
// where it is told again by later calls.
func TestContractErrorsPrefixOnce(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		resp := r.read("/a", 200)
		r.Reset()
		_, cause := resp.Body.Read(make([]byte, 1))
		r.wantErr(cause, dugong.ErrConnectionClosed)
		if err := r.Connect(r.ctx); err != nil {
			r.t.Fatal(err)
		}
		e := r.refuses(put("/b", dugong.BodyReader(failing{cause}, 10)), dugong.ErrBodySource)
		if !strings.Contains(e.Error(), strings.TrimPrefix(cause.Error(), "dugong: ")) {
			r.t.Errorf("%v does not tell %v", e, cause)
		}
		e = r.refuses(get("/c"), dugong.ErrConnectionClosed)
		if !strings.Contains(e.Detail, "send PUT /b") {
			r.t.Errorf("%v", e)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
		p.Drain()
	}, func(p *wiretest.Peer) { p.Drain() })
}

// failing is a source that fails at once.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
