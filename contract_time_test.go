package dugong_test

import (
	"context"
	"net"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// withTimeout reads a response that does not come and says how long that took.
func withTimeout(r *rig, f func()) time.Duration {
	r.t.Helper()
	begin := time.Now()
	f()
	return time.Since(begin)
}

// Timeout 0 is 30 s, negative none; SetTimeout changes it.
func TestContractTimeTimeout(t *testing.T) {
	bubbleRaw(t, dugong.Config{}, func(r *rig) {
		r.get("/")
		for _, c := range []struct{ set, want time.Duration }{{-2, 30 * time.Second}, {time.Minute, time.Minute}, {0, 30 * time.Second}} {
			if c.set != -2 {
				r.SetTimeout(c.set)
			}
			if d := withTimeout(r, func() { r.fails(dugong.ErrConnectionTimedOut) }); d != c.want {
				t.Errorf("SetTimeout(%v): %v", c.set, d)
			}
		}
		r.SetTimeout(-1)
		ctx, cancel := context.WithTimeout(r.ctx, 1000*time.Hour)
		defer cancel()
		r.ctx = ctx
		if d := withTimeout(r, func() { r.fails(dugong.ErrCanceled) }); d != 1000*time.Hour {
			t.Errorf("without a timeout: %v", d)
		}
	})
	bubbleRaw(t, dugong.Config{Timeout: -1}, func(r *rig) {
		r.get("/")
		ctx, cancel := context.WithTimeout(r.ctx, 1000*time.Hour)
		defer cancel()
		_, err := r.ReadResponse(ctx)
		r.wantErr(err, dugong.ErrCanceled)
	})
}

// bubbleRaw is bubbleIn against a silent peer.
func bubbleRaw(t *testing.T, cfg dugong.Config, body func(*rig)) {
	t.Helper()
	plainBubble(t, cfg, body, func(p *wiretest.Peer) { p.Drain() })
}

// Inactivity is what counts: a slow drip lasts as long as it likes.
func TestContractTimeDrip(t *testing.T) {
	bubble(t, dugong.Config{Timeout: 2 * time.Second}, func(r *rig) {
		r.get("/")
		d := withTimeout(r, func() { r.wantBody(r.read("/", 200), []byte("drip")) })
		if d < 30*time.Second {
			t.Errorf("it took only %v", d)
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		for _, c := range []byte(ok([]byte("drip"))) {
			time.Sleep(time.Second)
			p.Send(string(c))
		}
		p.ExpectClosed()
	})
}

// Connect on a connected Conn does nothing, on a lost one it is
// ErrConnectionClosed until Reset.
func TestContractConnect(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		for range 2 {
			if err := r.Connect(r.ctx); err != nil {
				r.t.Fatal(err)
			}
		}
		if _, ok := r.TLS(); ok != r.m.TLS {
			r.t.Errorf("TLS says %v", ok)
		}
		if local, remote := r.NetAddrs(); local == nil || remote == nil {
			r.t.Error("no addresses")
		}
		r.get("/")
		r.fails(dugong.ErrConnectionClosed)
		r.wantErr(r.Connect(r.ctx), dugong.ErrConnectionClosed)
		r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed)
		r.Reset()
		if _, ok := r.TLS(); ok {
			r.t.Error("TLS without a connection")
		}
		if local, _ := r.NetAddrs(); local != nil {
			r.t.Error("an address without a connection")
		}
		r.exchange("/b", "/b")
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.CloseWrite()
		p.ExpectClosed()
	}, serving(1))
}

// Close and Reset end a Connect that is under way, from any goroutine; a failed
// one leaves nothing behind and may be repeated.
func TestContractConnectEnds(t *testing.T) {
	for name, end := range map[string]func(*dugong.Conn){
		"close": func(c *dugong.Conn) { c.Close() },
		"reset": func(c *dugong.Conn) { c.Reset() },
	} {
		calls := 0
		bubbleIn(t, wiretest.Plain, dugong.Config{Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			if calls++; calls == 1 {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}
			return nil, net.UnknownNetworkError("none")
		}}, func(r *rig) {
			connecting := begun(func() (int, error) { return 0, r.Connect(r.ctx) })
			second := r.sending(get("/"))
			stillWaits(t, connecting)
			end(r.Conn)
			r.wantErr((<-connecting).err, dugong.ErrConnectionClosed)
			err := (<-second).err
			if name == "close" {
				r.wantErr(err, dugong.ErrConnectionClosed)
				return
			}
			r.wantErr(err, dugong.ErrConnectFailed)
			r.wantErr(r.Connect(r.ctx), dugong.ErrConnectFailed)
		})
	}
}
