package aio_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
	"golang.org/x/net/dns/dnsmessage"
)

// gates hold up the steps of connecting until a task of the loop opens them,
// which it cannot do unless the task that connects is suspended meanwhile.
type gates struct {
	mu   sync.Mutex
	open map[string]chan struct{}
	seen chan string // who has come to a gate
}

func newGates() *gates {
	return &gates{open: map[string]chan struct{}{}, seen: make(chan string, 100)}
}

func (g *gates) gate(name string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open[name] == nil {
		g.open[name] = make(chan struct{})
	}
	return g.open[name]
}

func (g *gates) pass(name string) {
	g.seen <- name
	<-g.gate(name)
}

// keeper opens the gates one after the other, a few ticks after somebody came.
func (g *gates) keeper(t *testing.T, l *aio.Loop, names ...string) (ticks *int) {
	ticks = new(int)
	do(l, func(ctx context.Context) error {
		for _, name := range names {
			for came := false; !came; {
				if err := aio.Sleep(ctx, time.Millisecond); err != nil {
					return err
				}
				select {
				case who := <-g.seen:
					came = who == name
				default:
				}
			}
			for range 3 {
				aio.Sleep(ctx, time.Millisecond)
				*ticks++
			}
			close(g.gate(name))
		}
		return nil
	})
	return ticks
}

// Name, proxy, handshake and answer: each waits for a task of the same loop.
func TestConnectSuspends(t *testing.T) {
	l := newLoop(t)
	g := newGates()
	origin := serve(t, wiretest.Plain, func(w http.ResponseWriter, _ *http.Request) {
		g.pass("answer")
		io.WriteString(w, "ok")
	})
	back := tlsFront(t, g, origin)
	proxy := connectProxy(t, g, back)
	_, port, _ := net.SplitHostPort(proxy)
	c := newConn(t, "localhost:443", &dugong.Config{
		TLS:      wiretest.ClientTLS(),
		Proxy:    &url.URL{Scheme: "http", Host: "proxy.test:" + port},
		Resolver: nameServer(g, "proxy.test.", [4]byte{127, 0, 0, 1}),
	})
	f := aio.Go(bg, l, func(ctx context.Context) (string, error) {
		if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
			return "", err
		}
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return "", err
		}
		b, err := resp.Body.ReadAll()
		c.Close()
		return string(b), err
	})
	steps := []string{"name", "proxy", "handshake", "answer"}
	ticks := g.keeper(t, l, steps...)
	run(t, l)
	if got := ok(t, f); got != "ok" || *ticks != 3*len(steps) {
		t.Errorf("%q, %d ticks", got, *ticks)
	}
}

// The same for a Dialer of the user's that itself uses dugong: to ask where to
// connect to, and in a goroutine, since what Hijack gives has no descriptor, for
// a tunnel.
func TestDialerUsesDugong(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		l := newLoop(t)
		g := newGates()
		back := serve(t, m, echo)
		where := serve(t, wiretest.Plain, func(w http.ResponseWriter, _ *http.Request) {
			g.pass("where")
			io.WriteString(w, back)
		})
		proxy := connectProxy(t, g, back)
		asks := newConn(t, "localhost", &dugong.Config{TLS: m.ClientTLS(), Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
			g.pass("dialer")
			return ask(ctx, where)
		}})
		tunnels := newConn(t, "localhost", &dugong.Config{TLS: m.ClientTLS(), Dialer: func(ctx context.Context, _, addr string) (net.Conn, error) {
			return tunnel(ctx, proxy, addr)
		}})
		f := do(l, func(ctx context.Context) error { return putOne(ctx, asks) })
		h := aio.GoBlocking(bg, l, func(ctx context.Context) (nothing, error) {
			f.Wait(ctx)
			return nothing{}, putOne(ctx, tunnels)
		})
		ticks := g.keeper(t, l, "dialer", "where", "proxy")
		run(t, l)
		ok(t, f)
		ok(t, h)
		if *ticks != 9 {
			t.Error(*ticks)
		}
	})
}

func putOne(ctx context.Context, c *dugong.Conn) error {
	defer c.Close()
	if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Body: dugong.BodyBytes([]byte("body"))}); err != nil {
		return err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return err
	}
	b, err := resp.Body.ReadAll()
	if err == nil && string(b) != "body" {
		err = fmt.Errorf("the body is %q", b)
	}
	return err
}

// ask connects to where a server says.
func ask(ctx context.Context, where string) (net.Conn, error) {
	c, err := dugong.Dial(ctx, where, nil)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SendRequest(ctx, &dugong.Request{}); err != nil {
		return nil, err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return nil, err
	}
	addr, err := resp.Body.ReadAll()
	if err != nil {
		return nil, err
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", string(addr))
}

// tunnel connects through a proxy.
func tunnel(ctx context.Context, proxy, addr string) (net.Conn, error) {
	c, err := dugong.Dial(ctx, proxy, nil)
	if err != nil {
		return nil, err
	}
	if err := c.SendRequest(ctx, &dugong.Request{Method: "CONNECT", Path: addr}); err != nil {
		return nil, err
	}
	if _, err := c.ReadResponse(ctx); err != nil {
		return nil, err
	}
	return c.Hijack()
}

// A dial that is cancelled, and one whose loop is closed, end at once.
func TestConnectCancelled(t *testing.T) {
	for _, how := range []string{"cancel", "close"} {
		t.Run(how, func(t *testing.T) {
			l := newLoop(t)
			dialing := make(chan nothing)
			c := newConn(t, "localhost", &dugong.Config{Dialer: func(ctx context.Context, _, _ string) (net.Conn, error) {
				close(dialing)
				<-ctx.Done()
				return nil, ctx.Err()
			}})
			f := do(l, func(ctx context.Context) error { return c.Connect(ctx) })
			do(l, func(ctx context.Context) error {
				for aio.Sleep(ctx, time.Millisecond) == nil {
					select {
					case <-dialing:
						if how == "close" {
							l.Close()
						} else {
							f.Cancel()
						}
						return nil
					default:
					}
				}
				return nil
			})
			if err := l.Run(bg); err != nil && err != aio.ErrClosed {
				t.Error(err)
			}
			if _, err := f.Result(); !errors.Is(err, dugong.ErrCanceled) {
				t.Error(err)
			}
		})
	}
}

// accept runs f for each connection of a new listener.
func accept(t *testing.T, f func(net.Conn)) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				f(c)
			})
		}
	})
	t.Cleanup(func() {
		ln.Close()
		running.Wait()
	})
	return ln.Addr().String()
}

// relay carries octets between two connections until either ends.
func relay(a, b io.ReadWriteCloser) {
	var way sync.WaitGroup
	way.Go(func() { io.Copy(a, b); a.Close(); b.Close() })
	io.Copy(b, a)
	a.Close()
	b.Close()
	way.Wait()
}

func connectProxy(t *testing.T, g *gates, back string) string {
	return accept(t, func(c net.Conn) {
		if _, err := http.ReadRequest(bufio.NewReader(c)); err != nil {
			return
		}
		g.pass("proxy")
		b, err := net.Dial("tcp", back)
		if err != nil {
			return
		}
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		relay(c, b)
	})
}

func tlsFront(t *testing.T, g *gates, back string) string {
	return accept(t, func(c net.Conn) {
		g.pass("handshake")
		b, err := net.Dial("tcp", back)
		if err != nil {
			return
		}
		relay(tls.Server(c, wiretest.ServerTLS(0, 0)), b)
	})
}

// nameServer is a resolver that knows one name.
func nameServer(g *gates, name string, addr [4]byte) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe() // no packets, so there are lengths in front (RFC 1035 section 4.2.2)
		go func() {
			defer far.Close()
			for {
				var n [2]byte
				if _, err := io.ReadFull(far, n[:]); err != nil {
					return
				}
				query := make([]byte, binary.BigEndian.Uint16(n[:]))
				if _, err := io.ReadFull(far, query); err != nil {
					return
				}
				g.pass("name")
				reply := answer(query, name, addr)
				binary.BigEndian.PutUint16(n[:], uint16(len(reply)))
				far.Write(append(n[:], reply...))
			}
		}()
		return near, nil
	}}
}

func answer(query []byte, name string, addr [4]byte) []byte {
	var p dnsmessage.Parser
	h, _ := p.Start(query)
	q, _ := p.Question()
	h.Response, h.Authoritative = true, true
	b := dnsmessage.NewBuilder(nil, h)
	b.StartQuestions()
	b.Question(q)
	b.StartAnswers()
	if q.Name.String() == name && q.Type == dnsmessage.TypeA {
		b.AResource(dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1}, dnsmessage.AResource{A: addr})
	}
	reply, _ := b.Finish()
	return reply
}
