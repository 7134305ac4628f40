package dugonghttp_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A network is all there is to connect to inside a bubble. Each connection is
// played by the next script, those after the last one by rest.
type network struct {
	t       *testing.T
	scripts []wiretest.Script
	rest    wiretest.Script
	setup   wiretest.Setup

	mu    sync.Mutex
	addrs []string // asked for, in order
	open  map[string]int
}

func (n *network) dial(_ context.Context, _, addr string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := len(n.addrs)
	n.addrs = append(n.addrs, addr)
	script := n.rest
	if i < len(n.scripts) {
		script = n.scripts[i]
	}
	if script == nil {
		return nil, fmt.Errorf("connection %d, but there are %d scripts", i+1, len(n.scripts))
	}
	near, far := net.Pipe()
	setup := n.setup
	setup.Guard = time.Hour
	setup.Play(n.t, far, script)
	if n.open == nil {
		n.open = map[string]int{}
	}
	n.open[addr]++
	return &knownConn{Conn: near, n: n, addr: addr}, nil
}

// conns gives the connections that are open now, and all that there were.
func (n *network) conns() (open, all int) {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.open {
		open += m
	}
	return open, len(n.addrs)
}

func (n *network) openTo(addr string) int {
	synctest.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.open[addr]
}

// A knownConn tells its network when it is closed.
type knownConn struct {
	net.Conn
	n      *network
	addr   string
	closed atomic.Bool
}

func (c *knownConn) Close() error {
	if !c.closed.Swap(true) {
		c.n.mu.Lock()
		c.n.open[c.addr]--
		c.n.mu.Unlock()
	}
	return c.Conn.Close()
}

// bubble runs f with a Transport in a network, and looks that nothing is left
// of either.
func bubble(t *testing.T, tr *dugonghttp.Transport, n *network, f func(t *testing.T, b *asker)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n.t = t
		if tr.DialContext == nil {
			tr.DialContext = n.dial
		}
		b := &asker{t: t, c: &http.Client{Transport: tr}, got: map[string]result{}}
		f(t, b)
		b.all()
		tr.CloseIdleConnections()
		if open, _ := n.conns(); open != 0 {
			t.Errorf("%d connections are open after CloseIdleConnections", open)
		}
	})
}

// An asker sends requests that nobody waits for, and keeps what they came to.
type asker struct {
	t  *testing.T
	c  *http.Client
	wg sync.WaitGroup

	mu  sync.Mutex
	got map[string]result // by path
}

// ask sends a GET and returns when it waits for its answer, or has it.
func (b *asker) ask(url string) { b.send(get(b.t, url)) }

func (b *asker) send(req *http.Request) {
	b.wg.Go(func() {
		_, body, err := fetch(b.c, req)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.got[req.URL.Path] = result{req.URL.Path, body, err}
	})
	synctest.Wait()
}

// now gives the body of the answer that has come, if any.
func (b *asker) now(path string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.got[path].body
}

// all waits for the answers.
func (b *asker) all() map[string]result {
	b.wg.Wait()
	return b.got
}

// answered gives the paths of h.example that were asked for and answered well.
func (b *asker) well(paths ...string) {
	b.t.Helper()
	want(b.t, b.all(), paths...)
}

// answers answers each request with its target, until the client has gone.
func answers(p *wiretest.Peer) {
	for {
		r, more := p.NextHead()
		if !more {
			return
		}
		if p.TrySend(ok(r.Target)) != nil {
			return
		}
	}
}

// after is answers with a pause before each.
func after(d time.Duration) wiretest.Script {
	return func(p *wiretest.Peer) {
		for {
			r, more := p.NextHead()
			if !more {
				return
			}
			<-time.After(d)
			if p.TrySend(ok(r.Target)) != nil {
				return
			}
		}
	}
}
