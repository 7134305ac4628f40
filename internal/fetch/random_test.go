package fetch

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// A server that ends connections in every way, at any moment, costs neither a
// document nor the order of them; none is completed twice.
func TestUnreliableServer(t *testing.T) {
	for seed := range uint64(12) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		o := options(wiretest.Plain)
		o.Connections, o.Depth, o.Retries = 1+rnd.IntN(3), 1+rnd.IntN(40), 1000
		o.Config.Timeout = 30 * time.Second
		srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) { unreliable(p, rand.New(rand.NewPCG(seed, uint64(p.Number())))) })
		all := paths(200)
		h := fetchAll(t, wiretest.Plain, o, srv.Addr, all...)
		h.wantAll(t, all...)
		if t.Failed() {
			t.Fatalf("seed %d: %+v", seed, h.stats)
		}
	}
}

// unreliable answers some requests and then does something else.
func unreliable(p *wiretest.Peer, rnd *rand.Rand) {
	for left := 5 + rnd.IntN(40); ; left-- {
		r, ok := p.NextHead()
		if !ok {
			return
		}
		text := response(r.Target)
		if left > 0 {
			if p.TrySend(text) != nil {
				return
			}
			continue
		}
		switch rnd.IntN(6) {
		case 0: // silent close
		case 1: // announced close
			text = response(r.Target, closeField)
			p.TrySend(text)
		case 2: // within the body
			p.TrySend(text[:len(text)-3])
		case 3: // within the head
			p.TrySend(text[:9])
		case 4: // by a reset, which may destroy answers
			p.TrySend(text)
			p.Reset()
			return
		case 5: // chunks, cut off
			p.TrySend("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody" + strings.Repeat("\r", rnd.IntN(2)))
		}
		return
	}
}
