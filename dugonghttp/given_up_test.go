package dugonghttp_test

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/nio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A notedStream tells of each octet that is taken from it, at once.
type notedStream struct {
	net.Conn
	nio.Stream
	got  int
	note func(got int)
}

func (s *notedStream) Close() error { return s.Stream.Close() }

func (s *notedStream) TryRead(p []byte) (int, error) {
	n, err := s.Stream.TryRead(p)
	if n > 0 {
		s.got += n
		s.note(s.got)
	}
	return n, err
}

// The connection may be ended just while the last octets of an answer are read
// that was given up: by the last one who waited behind it and gives up too.
func TestEndOfADrainedAnswerOnADeadConnection(t *testing.T) {
	big := ok(strings.Repeat("x", 100<<10))
	var goOn chan bool // of the bubble
	n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
		expect(p, "/first", "/big")
		<-goOn
		p.Send(ok("/first"))
		expect(p, "/last")
		p.TrySend(big)
		p.ExpectClosed()
	}}}
	tr := &dugonghttp.Transport{Depth: 4, MaxConnsPerHost: 1, HeadOfLineLimit: -1}
	var atEnd func()
	tr.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := n.dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &notedStream{Conn: c, Stream: nio.NewStream(c), note: func(got int) {
			if got == len(ok("/first"))+len(big) {
				atEnd()
			}
		}}, nil
	}
	bubble(t, tr, n, func(t *testing.T, b *asker) {
		goOn = make(chan bool)
		over := false
		b.ask("http://h.example/first")
		ctx, cancel := context.WithCancel(t.Context())
		b.send(get(t, "http://h.example/big").WithContext(ctx))
		cancel()
		synctest.Wait()
		close(goOn) // what is left then was given up, and is read by nobody in particular
		synctest.Wait()
		ctx, cancel = context.WithCancel(t.Context())
		atEnd = func() {
			cancel()
			for o := tr.Origins(); o[0].Conns > 0; o = tr.Origins() {
				runtime.Gosched()
			}
			for range 100 { // until the connection waits for us to be closed
				runtime.Gosched()
			}
			over = true
		}
		b.send(get(t, "http://h.example/last").WithContext(ctx))
		b.well("/first")
		synctest.Wait()
		if open, all := n.conns(); open != 0 || all != 1 || !over {
			t.Errorf("%d of %d connections are open; read to the end: %v", open, all, over)
		}
		for _, path := range []string{"/big", "/last"} {
			if err := b.got[path].err; !errors.Is(err, context.Canceled) {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
}
