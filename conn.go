package dugong

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/dugong-http/dugong/internal/dial"
	"github.com/dugong-http/dugong/internal/h1"
)

// A Conn is one HTTP/1.1 connection that belongs to its caller. Requests are
// sent when the caller says so and answered in the same order, as many in
// flight as the caller likes.
//
// One goroutine may send (SendRequest, Write, ReadFrom, EndBody, Flush) while
// another one reads (ReadResponse, the methods of Body, ReadRaw); two senders
// or two readers at once get ErrState. Connect, Reset, Close, Pending,
// Unanswered, SetTimeout, SetWriteContext, Body.SetContext, TLS and NetAddrs may
// be called by anybody at any time. Hijack gives ErrState while another call
// runs.
// (Original: HTTPConnection.)
type Conn struct {
	addr   address
	cfg    Config
	limits *h1.Limits
	// bare and lenient are set by package dugonghttp, see internal/inside.
	bare, lenient bool

	// mu guards everything below. It is held for a few lines or one system
	// call that does not wait, never across a wait.
	mu       sync.Mutex
	sending  bool            // a sending call is under way
	reading  bool            // a reading call is under way
	parked   bool            // a reader waits for a request or for octets
	closed   bool            // by Close
	timeout  time.Duration   // of inactivity
	link     *link           // the connection there is, or was until Reset
	requests uint64          // accepted so far
	drops    int             // counts calls of Close and Reset
	changed  chan struct{}   // closed when somebody in await should look again; nil: nobody waits
	left     *link           // the one that Reset or Close dropped, until the next is made
	final    *[3]int64       // what octets says of a link that was handed over
	attempt  *attempt        // connecting now
	writeTo  context.Context // of Write, ReadFrom and EndBody
}

type address struct {
	host  string // name, literal or path
	text  string // for errors
	port  uint16
	unix  bool   // host is the path of a socket
	field string // of the Host header
}

func (a *address) network() string {
	if a.unix {
		return "unix"
	}
	return "tcp"
}

// New makes a Conn for addr without any I/O: the first SendRequest connects,
// as Connect does. addr is host, host:port, [v6]:port, a bare IPv6 literal or
// unix:/path; the default port is 80, or 443 with Config.TLS. A nil cfg means
// the defaults. Bad values give ErrInvalidConfig.
func New(addr string, cfg *Config) (*Conn, error) {
	c := &Conn{cfg: cfg.withDefaults()}
	c.limits = c.cfg.Limits.core()
	network, host, port, err := dial.ParseAddr(addr, c.cfg.TLS != nil)
	if err != nil {
		return nil, c.connectError(&call{op: "new"}, err)
	}
	c.addr = address{host, addr, uint16(port), network == "unix", dial.HostField(host, port, c.cfg.TLS != nil)}
	if err := c.dialOptions().Check(); err != nil {
		return nil, c.connectError(&call{op: "new"}, err)
	}
	c.timeout = c.cfg.Timeout
	return c, nil
}

// Dial is New and Connect.
func Dial(ctx context.Context, addr string, cfg *Config) (*Conn, error) {
	c, err := New(addr, cfg)
	if err != nil {
		return nil, err
	}
	if err := c.Connect(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Connect makes the connection: name, socket, proxy, TLS. On a connected Conn
// it does nothing; on one whose connection was lost it gives
// ErrConnectionClosed, so that nobody misses the loss: Reset first. A failed
// Connect leaves nothing behind and may be repeated.
func (c *Conn) Connect(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.connect(ctx, &call{op: "connect"}); err != nil {
		return err
	}
	return nil
}

// Reset drops the connection and everything in flight; Unanswered tells what
// that was. Calls that are under way end with ErrConnectionClosed, which matches
// net.ErrClosed; Reset waits for nothing. The Conn can be used again: the next
// request connects anew. After Close it gives ErrConnectionClosed. (Original:
// disconnect, reset.)
func (c *Conn) Reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.fail(&call{op: "reset"}, ErrConnectionClosed, errLocalClose)
	}
	c.drop()
	return nil
}

// Close is a Reset for good. It may be called more than once; it always
// returns nil.
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.drop()
	return nil
}

// drop ends the link and any attempt at one.
func (c *Conn) drop() {
	c.drops++
	if c.attempt != nil {
		c.attempt.cancel(errLocalClose)
		c.attempt = nil
	}
	if l := c.link; l != nil {
		if l.dead == nil && !l.closing { // behind a closing response nothing is an answer
			l.received, _ = l.lookAhead()
		}
		l.end(c.fail(&call{op: "close"}, ErrConnectionClosed, errLocalClose))
		c.link, c.left = nil, l
	}
	c.signal()
}

// Pending counts the requests that were accepted and whose response is not
// complete, the one whose response body is being read included. A request
// whose own body is still being written does not count, unless its response
// has come early. It is 0 without a connection and after a loss. Any goroutine
// may call it. (Original: response_pending.)
func (c *Conn) Pending() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pending()
}

func (c *Conn) pending() int {
	l := c.link
	if l == nil || l.dead != nil {
		return 0
	}
	n := l.queue.Len()
	if l.send.State == h1.BodyOpen && !l.send.Early && !l.answered {
		n--
	}
	return n
}

// SetTimeout changes the inactivity timeout from the next wait on; one that is
// under way keeps its own. 0 means 30 s, whatever Config.Timeout was; negative
// none. Any goroutine may call it.
func (c *Conn) SetTimeout(d time.Duration) {
	orDefault(&d, defaultTimeout)
	c.mu.Lock()
	c.timeout = d
	c.mu.Unlock()
}

// TLS describes the TLS connection to the origin; ok is false for a plain or
// unconnected Conn. After a loss it goes on describing the connection that was,
// until Reset or Close. Any goroutine may call it. (Original: get_ssl_cipher, get_ssl_peercert, which also
// connect.)
func (c *Conn) TLS() (state tls.ConnectionState, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return tls.ConnectionState{}, false
	}
	return c.link.t.TLSState()
}

// NetAddrs gives the local and remote address of the socket, nil while there
// is no connection; after a loss those of the connection that was, until Reset
// or Close. Behind a proxy the remote one is the proxy's. Any goroutine may call
// it.
func (c *Conn) NetAddrs() (local, remote net.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.link == nil {
		return nil, nil
	}
	n := c.link.t.NetConn()
	return n.LocalAddr(), n.RemoteAddr()
}
