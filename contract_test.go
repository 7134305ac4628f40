package dugong_test

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// The files contract_*_test.go hold what the documentation promises, a test or
// more for each sentence, against peers whose octets are written down. Where a
// promise is about time or about who waits, the test runs in a bubble of
// testing/synctest over net.Pipe: there "parked" and "30 s later" are certain.

func TestMain(m *testing.M) { wiretest.Main(m, everyTestInAllModes) }

// both runs body plain and under TLS, in every way to wait, each time against its
// own server.
func both(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, scripts...)
		body(newRig(t, m, srv.Addr, cfg))
	})
}

func onlyTLS(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, scripts...)
		body(newRig(t, m, srv.Addr, cfg))
	}, wiretest.TLSModes(wiretest.Waits()...)...)
}

// small is both with few octets of system buffers on the server's side, so that
// back-pressure sets in early.
func small(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10, WriteBuffer: 8 << 10}.Serve(t, scripts...)
		body(newRig(t, m, srv.Addr, cfg))
	})
}

// bubble runs body in a bubble, plain and under TLS, over one pipe for each
// script in turn. The guards of the scripts are far beyond any timeout under test.
func bubble(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) { bubbleIn(t, m, cfg, body, scripts...) }, bubbleModes()...)
}

// plainBubble is bubble without TLS.
func plainBubble(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) { bubbleIn(t, m, cfg, body, scripts...) }, wiretest.PlainModes("", wiretest.Clock)...)
}

// goroutines is bubble for tests with several goroutines, whose order is made by
// synctest.Wait: see begun.
func goroutines(t *testing.T, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) { bubbleIn(t, m, cfg, body, scripts...) }, wiretest.Plain, wiretest.TLS)
}

func bubbleIn(t *testing.T, m wiretest.Mode, cfg dugong.Config, body func(*rig), scripts ...wiretest.Script) {
	t.Helper()
	inBubble(t, m, func(t *testing.T) {
		cfg := cfg
		if cfg.Dialer == nil {
			cfg.Dialer = pipes(t, m, scripts)
		}
		if cfg.TLS = m.ClientTLS(); cfg.TLS != nil {
			cfg.TLS.ServerName = "localhost"
		}
		c, err := dugong.New("origin.test:1", &cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() // before the clean-up, which waits for the scripts
		body(&rig{c, t, m, bubbleContext(t)})
	})
}

// pipes is a Dialer whose i-th connection is played by the i-th script.
func pipes(t *testing.T, m wiretest.Mode, scripts []wiretest.Script) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		if len(scripts) == 0 {
			return nil, errors.New("no script is left for another connection")
		}
		client, server := net.Pipe()
		wiretest.Setup{Mode: m, Guard: 10000 * time.Hour}.Play(t, server, scripts[0])
		scripts = scripts[1:]
		return wakeable(t, client), nil
	}
}

// begun runs f and returns when it waits for something, or has ended.
func begun[T any](f func() (T, error)) <-chan result[T] {
	done := make(chan result[T], 1)
	go func() {
		v, err := f()
		done <- result[T]{v, err}
	}()
	synctest.Wait()
	return done
}

type result[T any] struct {
	value T
	err   error
}

// stillWaits checks that a call that begun has started has not ended.
func stillWaits[T any](t *testing.T, done <-chan result[T]) {
	t.Helper()
	synctest.Wait()
	select {
	case r := <-done:
		t.Fatalf("the call ended with %v where it should wait", r.err)
	default:
	}
}

func (r *rig) reading() <-chan result[*dugong.Response] {
	return begun(func() (*dugong.Response, error) { return r.ReadResponse(r.ctx) })
}

func (r *rig) sending(q *dugong.Request) <-chan result[int] {
	return begun(func() (int, error) { return 0, r.SendRequest(r.ctx, q) })
}

// A step is a signal between a test and a script. Told once for each time it is
// awaited; telling never waits.
type step chan struct{}

func newStep() step { return make(step, 100) }

func (s step) tell() { s <- struct{}{} }

// await waits for a script to tell. A script that has failed never does.
func (r *rig) await(s step) {
	r.t.Helper()
	select {
	case <-s:
	case <-time.After(2 * wiretest.DefaultGuard):
		r.t.Fatal("the script did not come so far")
	}
}

// flush sends all that was accepted.
func (r *rig) flush() {
	r.t.Helper()
	if err := r.Flush(r.ctx); err != nil {
		r.t.Fatalf("Flush: %v", err)
	}
}

// fails reads a response that must not come.
func (r *rig) fails(kind error) *dugong.Error {
	r.t.Helper()
	_, err := r.ReadResponse(r.ctx)
	return r.wantErr(err, kind)
}

// refuses sends a request that must not be taken.
func (r *rig) refuses(q *dugong.Request, kind error) *dugong.Error {
	r.t.Helper()
	return r.wantErr(r.SendRequest(r.ctx, q), kind)
}

// exchange sends a GET and reads its answer, which must be 200 with this body:
// the connection is unhurt.
func (r *rig) exchange(path, body string) {
	r.t.Helper()
	r.get(path)
	r.wantBody(r.read(path, 200), []byte(body))
}

// serving answers count requests, each with its target as the body, then waits for
// the end.
func serving(count int) wiretest.Script {
	return func(p *wiretest.Peer) {
		for range count {
			p.Send(ok([]byte(p.ReadRequest().Target)))
		}
		p.ExpectClosed()
	}
}

func get(path string) *dugong.Request  { return &dugong.Request{Path: path} }
func more(path string) *dugong.Request { return &dugong.Request{Path: path, More: true} }

// endless is a source of n octets of data that need not be held.
func endless(n int64) io.Reader { return io.LimitReader(zeros{}, n) }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// cancelledContext is one that has ended already.
func cancelledContext() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx, cancel
}
