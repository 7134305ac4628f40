package aio_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// get sends a request and reads the head of its answer.
func get(ctx context.Context, c *dugong.Conn) error {
	if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
		return err
	}
	_, err := c.ReadResponse(ctx)
	return err
}

// silent answers no request before the test is over.
func silent(t *testing.T, m wiretest.Mode) (addr string) {
	over := make(chan struct{})
	addr = serve(t, m, func(w http.ResponseWriter, r *http.Request) { <-over })
	t.Cleanup(func() { close(over) })
	return addr
}

// Goroutines of a task that use its context, as an errgroup makes them, are
// refused, and detached they work.
func TestForeignGoroutines(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		addr := serve(t, m, func(http.ResponseWriter, *http.Request) {})
		f := do(l, func(ctx context.Context) error {
			group, cancel := context.WithCancel(ctx) // what errgroup.WithContext does
			defer cancel()
			var running sync.WaitGroup
			for i := range 4 {
				c := newConn(t, addr, &dugong.Config{TLS: m.ClientTLS()})
				running.Go(func() {
					if i%2 == 0 {
						if err := get(dugong.Detach(group), c); err != nil {
							t.Error(err)
						}
						return
					}
					if err := get(group, c); !errors.Is(err, dugong.ErrState) {
						t.Errorf("in a foreign goroutine: %v", err)
					}
				})
			}
			all := make(chan struct{})
			go func() { running.Wait(); close(all) }()
			return dugong.Await(ctx, all)
		})
		run(t, l)
		ok(t, f)
	})
}

// A foreign goroutine cannot sleep or wait for a Future with a task's context.
func TestForeignWaits(t *testing.T) {
	l := newLoop(t)
	other := do(l, func(ctx context.Context) error { return aio.Sleep(ctx, 2*time.Millisecond) })
	f := do(l, func(ctx context.Context) error {
		errs := make(chan error)
		go func() { errs <- aio.Sleep(ctx, time.Millisecond) }()
		if err := <-errs; !errors.Is(err, dugong.ErrState) {
			t.Error(err)
		}
		go func() { _, err := other.Wait(ctx); errs <- err }()
		if err := <-errs; !errors.Is(err, dugong.ErrState) {
			t.Error(err)
		}
		go func() { errs <- aio.Sleep(dugong.Detach(ctx), time.Millisecond) }()
		return <-errs
	})
	run(t, l)
	ok(t, f)
}

// Two tasks that read from one connection: the second is told, the first goes on.
func TestTwoTasksReadOneConnection(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		release := make(chan nothing)
		c := newConn(t, serve(t, m, func(http.ResponseWriter, *http.Request) { <-release }), &dugong.Config{TLS: m.ClientTLS()})
		sent := do(l, func(ctx context.Context) error {
			for range 2 {
				if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
					return err
				}
			}
			return c.Flush(ctx)
		})
		read := func(ctx context.Context) error {
			if _, err := sent.Wait(ctx); err != nil {
				return err
			}
			_, err := c.ReadResponse(ctx)
			return err
		}
		first, second := do(l, read), do(l, read)
		do(l, func(ctx context.Context) error {
			second.Wait(ctx)
			release <- nothing{}
			first.Wait(ctx)
			release <- nothing{}
			_, err := c.ReadResponse(ctx)
			c.Close()
			return err
		})
		run(t, l)
		ok(t, first)
		if _, err := second.Result(); !errors.Is(err, dugong.ErrState) {
			t.Error(err)
		}
	})
}

// The connection of a suspended task goes away: the call in which it waits
// fails at once, whoever did it.
func TestDisconnectWhileSuspended(t *testing.T) {
	ways := map[string]func(c *dugong.Conn){
		"close by a task":      func(c *dugong.Conn) { c.Close() },
		"reset by a task":      func(c *dugong.Conn) { c.Reset() },
		"close by a goroutine": func(c *dugong.Conn) { go c.Close() },
	}
	for name, drop := range ways {
		t.Run(name, func(t *testing.T) {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				l := newLoop(t)
				c := newConn(t, silent(t, m), &dugong.Config{TLS: m.ClientTLS(), Timeout: -1})
				connected := do(l, func(ctx context.Context) error { return c.Connect(ctx) })
				f := do(l, func(ctx context.Context) error {
					connected.Wait(ctx)
					return get(ctx, c)
				})
				do(l, func(ctx context.Context) error {
					connected.Wait(ctx)
					for range 3 {
						aio.Sleep(ctx, time.Millisecond)
					}
					drop(c)
					f.Wait(ctx)
					return nil
				})
				run(t, l)
				if _, err := f.Result(); !errors.Is(err, dugong.ErrConnectionClosed) || !errors.Is(err, net.ErrClosed) {
					t.Error(err)
				}
			})
		})
	}
}

// The inactivity timeout and the end of a context strike in tasks as elsewhere.
func TestTimeouts(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		addr := silent(t, m)
		c := newConn(t, addr, &dugong.Config{TLS: m.ClientTLS(), Timeout: 50 * time.Millisecond})
		idle := do(l, func(ctx context.Context) error { return get(ctx, c) })
		d := newConn(t, addr, &dugong.Config{TLS: m.ClientTLS(), Timeout: -1})
		limited := do(l, func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			return get(ctx, d)
		})
		run(t, l)
		if _, err := idle.Result(); !errors.Is(err, dugong.ErrConnectionTimedOut) {
			t.Error(err)
		}
		if _, err := limited.Result(); !errors.Is(err, dugong.ErrCanceled) || !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		c.Close()
		d.Close()
	})
}

// A connection without a descriptor works in a goroutine of the loop, and says
// in a task that it does not.
func TestWithoutDescriptor(t *testing.T) {
	l := newLoop(t)
	addr := serve(t, wiretest.Plain, func(http.ResponseWriter, *http.Request) {})
	cfg := &dugong.Config{Dialer: func(ctx context.Context, network, addr string) (net.Conn, error) {
		var d net.Dialer
		c, err := d.DialContext(ctx, network, addr)
		return struct{ net.Conn }{c}, err
	}}
	c, d := newConn(t, addr, cfg), newConn(t, addr, cfg)
	works := aio.GoBlocking(bg, l, func(ctx context.Context) (nothing, error) { return nothing{}, get(ctx, c) })
	not := do(l, func(ctx context.Context) error { return get(ctx, d) })
	run(t, l)
	ok(t, works)
	if _, err := not.Result(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	c.Close()
	d.Close()
}
