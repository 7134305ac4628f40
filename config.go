package dugong

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
)

// Limits bounds what a response may take before it ends; a peer that passes
// one gets ErrTooLarge. All are counts of octets, ends of line included,
// except Fields. Zero or negative means the default.
type Limits struct {
	StartLine       int // status line; default DefaultMaxLineSize
	FieldLine       int // one field line; default DefaultMaxLineSize
	Header          int // status line and header together; default DefaultMaxHeaderSize
	Fields          int // number of fields; default 1000
	Interim         int // heads of all 1xx before one final response; default 256 KiB
	ChunkLine       int // one chunk-size line; default 4 KiB
	ChunkExtensions int // chunk extensions beyond what the data pays for; default 16 KiB
	Trailer         int // trailer section; default 64 KiB
}

// Defaults of Limits, in octets, under the original's names (MAX_LINE_SIZE,
// MAX_HEADER_SIZE).
const (
	DefaultMaxLineSize   = 64 << 10
	DefaultMaxHeaderSize = 1 << 20
)

// DefaultDNSTestHosts are the names that the original asked by default
// (DNS_TEST_HOSTNAMES). No public name is ever asked unless Config.DNSTestHosts
// names it: give these there, or better names of your own network.
var DefaultDNSTestHosts = []string{"www.google.com", "www.iana.org", "c.root-servers.org"}

// Config says how a Conn connects and behaves. The zero value, and nil, mean
// the defaults. New keeps a copy, of ProxyHeader and DNSTestHosts too; TLS,
// ProxyTLS, Proxy and Resolver are shared and must not be changed afterwards.
type Config struct {
	// Timeout is the inactivity timeout: a wait ends with
	// ErrConnectionTimedOut when no byte has moved for this long. It covers
	// every phase, connecting included. 0 means 30 s, negative none.
	Timeout time.Duration
	// ContinueTimeout is how long to await 100 (Continue) before the body may
	// be written all the same. 0 means 1 s, negative for ever.
	ContinueTimeout time.Duration

	// TLS makes the connection a TLS one. An empty ServerName means the host.
	// Renegotiation is never done. Nil means a plain connection.
	TLS *tls.Config
	// Proxy is the proxy to go through: http, https, socks5 or socks5h, with
	// credentials as user information. Nil means none: the environment is not
	// looked at.
	Proxy *url.URL
	// ProxyTLS is for the connection to an https proxy. Nil means the defaults.
	ProxyTLS *tls.Config
	// ProxyHeader is sent with CONNECT.
	ProxyHeader Header
	// Dialer makes the connection instead of this package. It gets "tcp" and
	// host:port of the origin or proxy, or "unix" and the path, and a context
	// that blocks. Connections other than *net.TCPConn and *net.UnixConn work
	// through helper goroutines and cannot be polled.
	Dialer func(ctx context.Context, network, addr string) (net.Conn, error)
	// Resolver looks names up. Nil means net.DefaultResolver.
	Resolver *net.Resolver
	// DNSTestHosts are names that always exist. When a look-up fails they are
	// asked too, to tell ErrHostnameNotResolvable from ErrDNSUnavailable.
	// Empty means that the resolver's word is taken.
	DNSTestHosts []string

	// Limits bounds the responses.
	Limits Limits
	// ReadAhead bounds, in octets, the responses that a sender buffers while
	// the peer takes no more requests. At the bound calls give
	// ErrPipelineFull. 0 means 1 MiB, negative as little as can be: a sender
	// that finds any response at all stops. What may come before the response
	// to a request whose body is being sent (1xx) is bounded by Limits alone.
	ReadAhead int
	// DiscardLimit bounds, in octets, what Body.Close and Pipeline read to
	// get an unread body out of the way before they rather break the
	// connection. 0 means 256 KiB, negative nothing.
	DiscardLimit int64
	// PipelineDepth bounds the requests that Pipeline has in flight. 0 or
	// negative means 1024.
	PipelineDepth int
	// ReaderWaits is for one sending and one reading goroutine: ReadResponse
	// with nothing pending waits for the next request (until its context ends,
	// or Close or Reset) instead of giving ErrState, and the sender leaves all
	// reading to the reader.
	ReaderWaits bool
	// ReadUntilClose takes a response without any framing, which did not say
	// Connection: close either, to last until the peer closes. Otherwise its
	// body gives ErrUnsupportedResponse.
	ReadUntilClose bool
	// ReuseAfterRefusedExpect goes on using a connection after a final answer
	// to Expect: 100-continue, as the original did. Several servers then take
	// the next request for the body: see docs/from-python.md.
	ReuseAfterRefusedExpect bool

	// Trace is called with all octets in the order of the wire, decrypted,
	// CONNECT included. It must be quick and must not use the Conn. Calls for
	// one connection come one at a time, those for several may overlap. The values
	// of Authorization, Proxy-Authorization, Cookie and Set-Cookie are masked.
	Trace func(TraceEvent)
	// TraceSecrets turns the masking off. The login at a SOCKS5 proxy stays
	// hidden.
	TraceSecrets bool
}

const (
	defaultTimeout         = 30 * time.Second
	defaultContinueTimeout = time.Second // what net/http and curl wait
	defaultReadAhead       = 1 << 20
	defaultDiscardLimit    = 256 << 10
	defaultPipelineDepth   = 1024
)

// withDefaults returns a copy in which zero values are replaced.
func (c *Config) withDefaults() Config {
	var d Config
	if c != nil {
		d = *c
	}
	orDefault(&d.Timeout, defaultTimeout)
	orDefault(&d.ContinueTimeout, defaultContinueTimeout)
	orDefault(&d.ReadAhead, defaultReadAhead)
	orDefault(&d.DiscardLimit, defaultDiscardLimit)
	d.ReadAhead = max(d.ReadAhead, 1) // with no room it could never see that there is nothing to read
	if d.PipelineDepth <= 0 {
		d.PipelineDepth = defaultPipelineDepth
	}
	d.ProxyHeader = d.ProxyHeader.Clone()
	d.DNSTestHosts = append([]string(nil), d.DNSTestHosts...)
	return d
}

func orDefault[T comparable](p *T, def T) {
	var zero T
	if *p == zero {
		*p = def
	}
}

// core gives the limits to the protocol core. Those of most connections are the
// defaults, and shared.
func (l Limits) core() *h1.Limits {
	core := h1.Limits{
		StartLine: l.StartLine, FieldLine: l.FieldLine, Head: l.Header, Fields: l.Fields, Interim: l.Interim,
		ChunkLine: l.ChunkLine, ChunkExtensions: l.ChunkExtensions, Trailer: l.Trailer,
	}.WithDefaults()
	if core == h1.DefaultLimits {
		return &h1.DefaultLimits
	}
	return &core
}
