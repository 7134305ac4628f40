//go:build interop

package interop

import (
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// software is one program under test.
type software struct {
	name    string
	byHand  bool              // not in the set of .ci/run
	missing func() error      // why it cannot be run on this machine
	version func() string     // for the matrix
	start   func(e *env)      // fills in what follows it in env
	lacks   map[string]string // rows that it does not offer, and why
	differs []*deviation
}

// A deviation is what a server does wrong, or otherwise than others, with a
// replay over raw sockets that shows it.
type deviation struct {
	what  string
	rows  []string // none: all
	modes []string // none: all
	shown *error   // the result of the replay, once it was run
	// replay returns nil if the server did just that.
	replay func(e *env) error
}

// An env is one running instance of a software.
type env struct {
	testing.TB
	sw   *software
	dir  string // its own, everybody may write
	root string // of the documents, below f/
	cert wiretest.PEMFiles
	// tight: with limits that the rows about limits run into.
	tight bool

	plain, secure, six string // addresses; empty: it has none
	proxy              *url.URL
	front              func() string // the proxy's access log
	up                 *origin
	upAddr             string
	proc               *process
	others             []*process    // for those that need more than one
	halt               func()        // stops it; its log is whole then
	log                func() string // its access log
	ledger             ledger
}

// tightRequests is how many requests a connection takes in a tight instance.
const (
	tightRequests = 20
	tightBody     = 1 << 20
	tightIdle     = 1 // seconds
)

// newEnv starts an instance. It is stopped by finish.
func newEnv(t testing.TB, sw *software, tight bool) *env {
	e := &env{TB: t, sw: sw, dir: publicDir(t), tight: tight}
	e.root = filepath.Join(e.dir, "root")
	writeDocuments(t, e.root)
	os.Chmod(e.root, 0o755)
	e.cert = wiretest.WritePEM(t, e.dir)
	for _, f := range []string{e.cert.Cert, e.cert.Key, e.cert.CA} {
		os.Chmod(f, 0o644)
	}
	e.up = &origin{root: e.root, behind: true}
	e.upAddr = freeAddr(t, "127.0.0.1")
	t.Cleanup(serve(t, e.upAddr, false, e.up, nil))
	e.plain, e.secure = freeAddr(t, "127.0.0.1"), freeAddr(t, "127.0.0.1")
	if ln, err := net.Listen("tcp", "[::1]:0"); err == nil {
		e.six = ln.Addr().String()
		ln.Close()
	}
	sw.start(e)
	return e
}

// run starts the program of an instance in the foreground and waits until it
// listens everywhere.
func (e *env) run(sig os.Signal, extra []string, path string, args ...string) {
	e.Helper()
	p, err := launch(e.dir, extra, path, args...)
	if err != nil {
		e.Fatal(err)
	}
	e.proc = p
	stopped := false
	e.halt = func() {
		if !stopped {
			stopped = true
			for _, p := range append(e.others, p) {
				p.stop(e.TB, sig)
			}
		}
	}
	e.Cleanup(e.halt)
	var addrs []string
	for _, a := range []string{e.plain, e.secure, e.six} {
		if a != "" {
			addrs = append(addrs, a)
		}
	}
	if e.proxy != nil {
		addrs = append(addrs, e.proxy.Host)
	}
	if err := p.awaitListening(addrs...); err != nil {
		e.Fatalf("%s: %v", e.sw.name, err)
	}
}

// also starts a process that run will wait for and stop.
func (e *env) also(extra []string, path string, args ...string) {
	e.Helper()
	p, err := launch(e.dir, extra, path, args...)
	if err != nil {
		e.Fatal(err)
	}
	e.others = append(e.others, p)
}

// finish stops the instance and compares its logs with the ledger.
func (e *env) finish() {
	e.halt()
	e.ledger.check(e.TB, e.sw.name, e.log(), true)
	if e.proxy != nil {
		e.ledger.check(e.TB, "the log of "+e.sw.name+" itself", e.front(), false)
	} else {
		e.ledger.check(e.TB, "the server behind "+e.sw.name, e.up.logged(), false)
	}
	if e.Failed() && e.proc != nil {
		e.Logf("%s says:\n%s", e.sw.name, tail(e.proc.said.String(), 4000))
	}
}

func tail(s string, n int) string {
	if len(s) > n {
		return "..." + s[len(s)-n:]
	}
	return s
}

// A mode is how to connect to an instance.
type mode struct {
	name    string
	version uint16 // of TLS; 0: plain
	six     bool
	few     bool // only the rows for all modes
}

var modes = []mode{
	{name: "plain"},
	{name: "tls1.2", version: tls.VersionTLS12, few: true},
	{name: "tls1.3", version: tls.VersionTLS13},
	{name: "ipv6", six: true, few: true},
}

// target is where a mode leads to; ok is false if the instance has no such
// address.
func (e *env) target(m mode) (g target, ok bool) {
	g = target{addr: e.plain, ca: e.cert.CA, proxy: e.proxy}
	if m.six {
		g.addr = e.six
	}
	if m.version != 0 {
		g.addr = e.secure
		g.tls = wiretest.ClientTLS()
		g.tls.MinVersion, g.tls.MaxVersion = m.version, m.version
	}
	return g, g.addr != ""
}

func serverTLS() *tls.Config { return wiretest.ServerTLS(0, 0) }
