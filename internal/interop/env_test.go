//go:build interop

package interop

import (
	"crypto/tls"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// software is one program under test.
type software struct {
	name    string
	byHand  bool               // not in the set of .ci/run
	missing func() error       // why it cannot be run on this machine
	version func() string      // for the matrix
	start   func(e *env)       // fills in what follows it in env
	reload  func(e *env) error // in the way that is to lose nothing; nil: it has none
	// reloadable is how it is started to be reloaded, where that differs from start.
	reloadable func(e *env)
	// tooBig is a header's length that a tight instance refuses; 0: 40 KB.
	tooBig  int
	refuses []int             // statuses with which a tight proxy refuses by itself, without asking the server
	parting int               // the status with which it answers what is behind when it is ended; 0: it does not
	lacks   map[string]string // rows that it does not offer, and why
	differs []*deviation
}

// A deviation is what a server does wrong, or otherwise than others, with a
// replay over raw sockets that shows it.
type deviation struct {
	what  string
	rows  []string // none: all
	modes []string // none: all
	// remedy is what the library and its users do about it.
	remedy string
	excuse error // a wrong answer that it makes; nil: answers may be lost, but not wrong
	once   sync.Once
	shown  error // the result of the replay
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
	tight  bool
	denies bool // a proxy that lets nobody through

	plain, secure, six string // addresses; empty: it has none
	proxy              *url.URL
	front              func() string // the proxy's access log
	up                 *origin
	upAddr             string
	failed             error                      // why it did not start
	procs              []*process                 // the last is the one that counts
	respawn            func(more ...string) error // starts it again, with more arguments
	besides            []func() error             // start those again that also has started
	inherits           []*os.File                 // what its processes get from descriptor 3 on
	ending             func()                     // what is to be done while it still runs
	halt               func()                     // stops it; its log is whole then
	log                func() string              // its access log
	partial            bool                       // its log may lack something: it was ended in the middle
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
	addr, stop, err := serve("127.0.0.1:0", false, e.up, nil)
	if err != nil {
		t.Fatal(err)
	}
	e.upAddr = addr
	t.Cleanup(stop)
	for range 3 {
		e.choose()
		e.failed, e.besides = nil, nil
		if sw.start(e); e.failed == nil {
			return e
		}
		t.Logf("%s, once more with other ports: %v", sw.name, e.failed)
	}
	t.Fatalf("%s: %v", sw.name, e.failed)
	return nil
}

// choose finds addresses. Others may take them before the server does: then it
// ends, and is started with others.
func (e *env) choose() {
	e.plain, e.secure, e.six = freeAddr(e, "127.0.0.1"), freeAddr(e, "127.0.0.1"), ""
	if ln, err := net.Listen("tcp", "[::1]:0"); err == nil {
		e.six = ln.Addr().String()
		ln.Close()
	}
}

// run starts the program of an instance in the foreground and waits until it
// listens everywhere. The same call may be repeated by respawn.
func (e *env) run(sig os.Signal, extra []string, path string, args ...string) {
	e.Helper()
	e.respawn = func(more ...string) error {
		p, err := e.launch(extra, path, append(args[:len(args):len(args)], more...)...)
		if err != nil {
			return err
		}
		e.procs = append(e.procs, p)
		return p.awaitListening(e.listens()...)
	}
	e.halt = func() {
		for _, p := range e.procs {
			p.stop(e.TB, sig)
		}
	}
	e.Cleanup(e.halt)
	e.failed = e.respawn()
}

// listens are the addresses on which the software itself listens.
func (e *env) listens() (addrs []string) {
	if e.proxy != nil {
		return []string{e.proxy.Host}
	}
	for _, a := range []string{e.plain, e.secure, e.six} {
		if a != "" {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

// proc is the process that serves now.
func (e *env) proc() *process { return e.procs[len(e.procs)-1] }

// said is what all of its processes have said.
func (e *env) said() string {
	var all strings.Builder
	for _, p := range e.procs {
		all.WriteString(p.said.String())
	}
	return all.String()
}

// also starts a process that run will wait for and stop.
func (e *env) also(extra []string, path string, args ...string) {
	e.Helper()
	spawn := func() error {
		p, err := e.launch(extra, path, args...)
		if err == nil {
			e.procs = append(e.procs, p)
		}
		return err
	}
	if err := spawn(); err != nil {
		e.Fatal(err)
	}
	e.besides = append(e.besides, spawn)
}

// launch starts a program in the folder of the instance.
func (e *env) launch(extra []string, path string, args ...string) (*process, error) {
	return launch(e.dir, extra, e.inherits, path, args...)
}

// again ends all of it at once and starts it again.
func (e *env) again() error {
	e.halt()
	for _, spawn := range e.besides {
		if err := spawn(); err != nil {
			return err
		}
	}
	return e.respawn()
}

// finish stops the instance and compares its logs with the ledger.
func (e *env) finish() {
	if e.ending != nil {
		e.ending()
	}
	e.halt()
	e.ledger.own = e.sw.refuses
	e.ledger.check(e.TB, e.sw.name, e.log(), !e.partial)
	if e.proxy != nil {
		e.ledger.check(e.TB, "the log of "+e.sw.name+" itself", e.front(), false)
	} else {
		e.ledger.check(e.TB, "the server behind "+e.sw.name, e.up.logged(), false)
	}
	if e.Failed() {
		e.Logf("%s says:\n%s", e.sw.name, tail(e.said(), 4000))
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
