package dugonghttp_test

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The verdict is on all attempts: what the first one may have done is not undone
// by a second one that did nothing.
func TestVerdictAfterARepetition(t *testing.T) {
	for want, second := range map[error]func(ctx context.Context, cancel func()) error{
		syscall.ECONNREFUSED: func(context.Context, func()) error { return syscall.ECONNREFUSED },
		context.Canceled: func(ctx context.Context, cancel func()) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		},
	} {
		n := &network{scripts: []wiretest.Script{lossy}}
		ctx, cancel := context.WithCancel(t.Context())
		dials := 0
		tr := &dugonghttp.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if dials++; dials > 1 {
				return nil, second(ctx, cancel)
			}
			return n.dial(ctx, network, addr)
		}}
		bubble(t, tr, n, func(t *testing.T, b *asker) {
			ctx, cancel = context.WithCancel(t.Context())
			b.ask("http://h.example/first")
			b.send(request(t, "DELETE", "http://h.example/x", nil).WithContext(ctx))
			if err := b.all()["/x"].err; !errors.Is(err, want) || dugonghttp.Verdict(err) != dugong.MaybeProcessed {
				t.Errorf("got %v, %v; want %v, maybe processed", err, dugonghttp.Verdict(err), want)
			}
			if dials != 2 {
				t.Errorf("%d dials, want 2", dials)
			}
		})
		cancel()
	}
}

// What a body's source says of a request of its own is not said of this one,
// some of which was sent.
func TestVerdictOfTheSource(t *testing.T) {
	mine := errors.New("mine")
	for _, err := range []error{
		mine,
		&dugonghttp.Error{Verdict: dugong.NotProcessed, Err: mine},
		&net.OpError{Op: "dial", Net: "tcp", Err: mine},
		&dugong.Error{Kind: dugong.ErrConnectionClosed, Op: "connect", NotProcessed: 1, Err: mine},
	} {
		n := &network{scripts: []wiretest.Script{func(p *wiretest.Peer) {
			p.ReadHead()
			p.Drain()
		}}}
		bubble(t, &dugonghttp.Transport{}, n, func(t *testing.T, b *asker) {
			body := io.MultiReader(strings.NewReader("hello"), readerFunc(func([]byte) (int, error) { return 0, err }))
			for _, direct := range []bool{false, true} {
				req := request(t, "POST", "http://h.example/x", body)
				var got error
				if n.scripts = append(n.scripts, n.scripts[0]); direct {
					_, got = b.c.Transport.RoundTrip(req)
				} else {
					_, got = b.c.Do(req)
				}
				if !errors.Is(got, mine) || dugonghttp.Verdict(got) != dugong.MaybeProcessed {
					t.Errorf("%v, direct %v: got %v, %v", err, direct, got, dugonghttp.Verdict(got))
				}
				body = io.MultiReader(strings.NewReader("hello"), readerFunc(func([]byte) (int, error) { return 0, err }))
			}
		})
	}
}
