package dugonghttp_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A server that closes after each answer, and does not say so, gives every
// second of many callers a connection that is closed already. Each of them
// gets through all the same.
func TestConnectionsThatCloseSilently(t *testing.T) {
	srv := wiretest.Setup{Repeat: true}.Serve(t, func(p *wiretest.Peer) {
		if _, there := p.NextHead(); there {
			p.Send(ok("fine"))
		}
	})
	c := client(t, &dugonghttp.Transport{MaxConnsPerHost: 1, Depth: 1})
	const callers, each = 50, 40
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range each {
				if status, body, err := fetch(c, get(t, "http://"+srv.Addr+"/")); err != nil || status != http.StatusOK || body != "fine" {
					t.Errorf("%d, %q, %v", status, body, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// Where several requests were on a new connection when it was lost, also the
// first of them is sent again: having company may be what the server minded.
func TestFirstOfALostPipelineIsRepeated(t *testing.T) {
	first := make(chan struct{})
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.ReadRequest()
		close(first)
		p.ReadRequest()
		p.Close()
	}, func(p *wiretest.Peer) {
		for {
			r, there := p.NextHead()
			if !there {
				return
			}
			p.Send(ok(r.Target))
		}
	})
	c := client(t, &dugonghttp.Transport{MaxConnsPerHost: 1, Depth: 2})
	var wg sync.WaitGroup
	for _, path := range []string{"/a", "/b"} {
		wg.Go(func() {
			if _, body, err := fetch(c, get(t, "http://"+srv.Addr+path)); err != nil || body != path {
				t.Errorf("%s: %q, %v", path, body, err)
			}
		})
		<-first
	}
	wg.Wait()
}
