package dugong_test

import (
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A response that only the end of the stream ends, and that announced no close,
// says nothing about the requests behind it: the server may go on with them.
func TestContractLossUnannouncedClose(t *testing.T) {
	for _, opted := range []bool{false, true} {
		processed := make(chan bool, 2)
		both(t, dugong.Config{ReadUntilClose: opted}, func(r *rig) {
			r.send(get("/a"))
			r.send(&dugong.Request{Method: "POST", Path: "/pay"})
			r.flush()
			resp := r.read("/a", 200)
			<-processed
			if _, err := resp.Body.ReadAll(); (err == nil) != opted {
				r.t.Errorf("until close opted for: %v, error: %v", opted, err)
			}
			r.Reset()
			for _, x := range r.Unanswered() {
				if x.Verdict != dugong.MaybeProcessed {
					r.t.Errorf("%s %s: %v, and the server acted on it", x.Method, x.Path, x.Verdict)
				}
			}
			if n := len(r.Unanswered()); n == 0 {
				r.t.Error("nothing is listed")
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\n\r\nab")
			p.ReadRequest() // and acts on it
			processed <- true
			p.Linger()
		})
	}
}
