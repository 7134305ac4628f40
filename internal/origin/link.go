package origin

import (
	"net"
	"sync"
	"time"
)

// A Link relays connections and delays them like a long way: each octet takes
// half of the round-trip time, and connecting takes a whole one. It does not
// limit the bandwidth and does not reorder. It may also send no more at first
// than TCP does on a new connection: see slowStart.
//
// The system completes a connection to the link at once, before the link can
// do anything about it. So the time that connecting would have taken is laid on
// the client's first octets: they count as sent when the connection would have
// been there.
//
// Each direction is a queue of pieces with the time at which each is due. One
// goroutine fills it and one empties it, so a piece that waits holds up nothing
// behind it.
type Link struct {
	ln     net.Listener
	target string
	path   Path

	running sync.WaitGroup
	mu      sync.Mutex
	closed  bool
	conns   map[net.Conn]struct{}
}

// A Path says how long the way of a Link is.
type Path struct {
	RTT       time.Duration
	SlowStart bool // both ends begin with TCP's initial window and double it
}

// StartLink relays what ln accepts to the target address until Close.
func StartLink(ln net.Listener, target string, path Path) *Link {
	l := &Link{ln: ln, target: target, path: path, conns: map[net.Conn]struct{}{}}
	l.running.Go(l.accept)
	return l
}

// Close ends the link and all its connections, and waits for them.
func (l *Link) Close() {
	l.ln.Close()
	l.mu.Lock()
	l.closed = true
	for c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.running.Wait()
}

func (l *Link) accept() {
	for {
		c, err := l.ln.Accept()
		if err != nil {
			return
		}
		connected := time.Now().Add(l.path.RTT)
		l.running.Go(func() { l.relay(c, connected) })
	}
}

// relay runs one connection.
func (l *Link) relay(client net.Conn, connected time.Time) {
	defer l.forget(client)
	if !l.keep(client) {
		return
	}
	server, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer l.forget(server)
	if !l.keep(server) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { l.way(client, server, connected).run() })
	both.Go(func() { l.way(server, client, connected).run() })
	both.Wait()
}

func (l *Link) way(from, to net.Conn, connected time.Time) *way {
	w := newWay(from, to, l.path.RTT/2, connected)
	if l.path.SlowStart {
		w.slow = &slowStart{rtt: l.path.RTT}
	}
	return w
}

// keep notes a connection for Close; false: it came too late.
func (l *Link) keep(c net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conns[c] = struct{}{}
	return !l.closed
}

func (l *Link) forget(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}
