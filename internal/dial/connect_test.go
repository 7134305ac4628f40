package dial

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/nio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// pong is a peer that gives one line back.
func pong(p *wiretest.Peer) { p.Expect("ping\n"); p.Send("ping\n"); p.Drain() }

// at parses the address of a peer as a caller would.
func at(t *testing.T, addr string) *Options {
	t.Helper()
	network, host, port, err := ParseAddr(addr, false)
	if err != nil {
		t.Fatal(err)
	}
	return &Options{Network: network, Host: host, Port: port, Idle: 10 * time.Second}
}

func TestConnect(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6", "unix"} {
		t.Run(network, func(t *testing.T) {
			s := wiretest.Setup{Network: network}.Serve(t, pong)
			tr, err := connect(t, at(t, s.Addr))
			if err != nil {
				t.Fatal(err)
			}
			roundTrip(t, tr)
			if _, ok := tr.TLSState(); ok {
				t.Error("TLS where none was asked for")
			}
		})
	}
}

func TestConnectZone(t *testing.T) {
	addr := linkLocal(t)
	ln, err := net.Listen("tcp6", net.JoinHostPort(addr, "0"))
	if err != nil {
		wiretest.Lacking(t, "linklocal", err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String()) // not every system tells the zone
	o := at(t, net.JoinHostPort(addr, port))
	if o.Host != addr {
		t.Fatalf("the zone was lost: %q from %q", o.Host, addr)
	}
	if _, err := connect(t, o); err != nil {
		t.Error(err)
	}
}

// linkLocal finds an address that does not work without its zone.
func linkLocal(t *testing.T) string {
	t.Helper()
	ifs, _ := net.Interfaces()
	for _, i := range ifs {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if n, ok := a.(*net.IPNet); ok && n.IP.To4() == nil && n.IP.IsLinkLocalUnicast() {
				return n.IP.String() + "%" + i.Name
			}
		}
	}
	wiretest.Lacking(t, "linklocal", errors.New("no interface has a link-local address"))
	return ""
}

// TestConnectByName: the first address is dead, the second one lives.
func TestConnectByName(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, pong)
	_, port := hostPort(t, s.Addr)
	dns := names(map[string]reply{target: found("::1", "127.0.0.1")})
	o := &Options{Network: "tcp", Host: target, Port: port, Resolver: dns.resolver(t), Idle: 10 * time.Second}
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, tr)
}

func TestConnectRefused(t *testing.T) {
	dns := names(map[string]reply{target: found("127.0.0.1", "127.0.0.2")})
	o := &Options{Network: "tcp", Host: target, Port: deadPort(t), Resolver: dns.resolver(t)}
	_, err := connect(t, o)
	e := fails(t, err, Failed, Dial)
	contains(t, err, "127.0.0.1:", "127.0.0.2:", joinPort(target, o.Port))
	if !errors.Is(err, syscall.ECONNREFUSED) || e.Temporary() || e.Hop {
		t.Errorf("got %v, want the refusals of both addresses", err)
	}
	o = at(t, "unix:/nowhere/to/be/found")
	_, err = connect(t, o)
	fails(t, err, Failed, Dial)
	if !errors.Is(err, syscall.ENOENT) {
		t.Errorf("got %v, want the error of the path", err)
	}
}

// TestProxyName: with a proxy its name is the one that is looked up and judged.
func TestProxyName(t *testing.T) {
	dns := names(map[string]reply{"proxy.test.": nxdomain, "server.test.": found("127.0.0.1")})
	o := through("http", "proxy.test.:3128")
	o.Resolver, o.Proxy.User = dns.resolver(t), login
	_, err := connect(t, o)
	if e := fails(t, err, NameMissing, Resolve); e.Addr != "proxy.test." || !e.Hop {
		t.Errorf("the error is about %q (the proxy: %v), want the proxy", e.Addr, e.Hop)
	}
	if len(dns.times("server.test.")) != 0 {
		t.Error("the server's name was looked up, which is the proxy's work")
	}
}

func TestDialer(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, pong)
	o := &Options{Network: "tcp", Host: "server.test", Port: 8080, Idle: 10 * time.Second}
	o.Dialer = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, limited := ctx.Deadline(); network != "tcp" || addr != "server.test:8080" || !limited {
			t.Errorf("Dialer got %s, %s, timeout: %v", network, addr, limited)
		}
		return net.Dial("tcp", s.Addr)
	}
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, tr)
}

func TestDialerFails(t *testing.T) {
	why := errors.New("not today")
	o := &Options{Network: "tcp", Host: "server.test", Port: 80}
	o.Dialer = func(context.Context, string, string) (net.Conn, error) { return nil, why }
	_, err := connect(t, o)
	if fails(t, err, Failed, Dial); !errors.Is(err, why) {
		t.Errorf("lost the cause: %v", err)
	}
	o.Dialer = func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	_, err = connect(t, o)
	fails(t, err, BadConfig, Dial)

	o.Idle = 10 * time.Millisecond
	o.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) { <-ctx.Done(); return nil, ctx.Err() }
	_, err = connect(t, o)
	fails(t, err, TimedOut, Dial)
}

func TestConnectAlreadyCanceled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("changed my mind")
	cancel(why)
	_, err := Connect(ctx, &Options{Network: "tcp", Host: target, Port: 80, Dialer: func(context.Context, string, string) (net.Conn, error) {
		t.Error("dialed for a context that has ended")
		return nil, io.EOF
	}})
	if fails(t, err, Canceled, Dial); !errors.Is(err, why) {
		t.Errorf("the error does not wrap the cause: %v", err)
	}
}

func TestConnectConfigOfTarget(t *testing.T) {
	for name, o := range map[string]*Options{
		"nothing":            {},
		"network":            {Network: "udp", Host: "x", Port: 1},
		"no host":            {Network: "tcp", Port: 1},
		"brackets":           {Network: "tcp", Host: "[::1]", Port: 1},
		"credentials":        {Network: "tcp", Host: "user:secret@host", Port: 1},
		"port 0":             {Network: "tcp", Host: "x"},
		"port too large":     {Network: "tcp", Host: "x", Port: 65536},
		"no path":            {Network: "unix"},
		"TLS without a name": {Network: "unix", Host: "/x", TLS: wiretest.ClientTLS()},
	} {
		_, err := Connect(t.Context(), o)
		if _, ok := err.(*Error); !ok {
			t.Errorf("%s: %v", name, err)
			continue
		}
		fails(t, err, BadConfig, Dial)
	}
}

// TestUnixTLS: the name to check comes from the configuration.
func TestUnixTLS(t *testing.T) {
	s := wiretest.Setup{Mode: wiretest.TLS, Network: "unix"}.Serve(t, pong)
	o := at(t, s.Addr)
	o.TLS = wiretest.ClientTLS()
	o.TLS.ServerName = "localhost"
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, tr)
}

// A foreman waits as a task's waiter does: what blocks goes elsewhere.
type foreman struct {
	nio.Waiter
	jobs atomic.Int32
	fail error
}

func (f *foreman) Do(_ context.Context, job func()) error {
	f.jobs.Add(1)
	done := make(chan struct{})
	go func() { defer close(done); job() }()
	<-done
	return f.fail
}

// TestWaiter: look-up and dial are done through the waiter, and whom they call
// gets a context that blocks.
func TestWaiter(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, pong)
	f := &foreman{Waiter: nio.WaiterOf(t.Context())}
	ctx := nio.WithWaiter(t.Context(), f)
	o := at(t, s.Addr)
	o.Dialer = func(ctx context.Context, _, _ string) (net.Conn, error) {
		if nio.WaiterOf(ctx) == nio.Waiter(f) {
			t.Error("the Dialer got a context that yields")
		}
		return net.Dial("tcp", s.Addr)
	}
	tr, err := Connect(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	if roundTrip(t, tr); f.jobs.Load() != 1 {
		t.Errorf("%d jobs, want look-up and dial in one", f.jobs.Load())
	}
}

// TestWaiterStopped: a connection that nobody waits for any more is closed.
func TestWaiterStopped(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.ExpectEOF() })
	why := errors.New("task stopped")
	f := &foreman{Waiter: nio.WaiterOf(t.Context()), fail: why}
	_, err := Connect(nio.WithWaiter(t.Context(), f), at(t, s.Addr))
	if fails(t, err, Canceled, Dial); !errors.Is(err, why) {
		t.Errorf("lost the cause: %v", err)
	}
}

func TestErrorText(t *testing.T) {
	e := &Error{Kind: ProxyRefused, Phase: Proxy, Addr: "p:3128", Status: 407, Reason: "No", Err: io.EOF}
	if want := "proxy p:3128: refused by the proxy: status 407: No: EOF"; e.Error() != want {
		t.Errorf("got %q, want %q", e, want)
	}
	for k := NameMissing; k <= BadConfig; k++ {
		if strings.HasPrefix(k.String(), "Kind(") {
			t.Errorf("kind %d has no name", k)
		}
	}
	if Kind(99).String() != "Kind(99)" {
		t.Error(Kind(99).String())
	}
}
