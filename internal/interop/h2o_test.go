//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

var h2o = &software{
	name:    "h2o",
	missing: needs("h2o"),
	version: func() string { return says("h2o", "--version") },
	start:   startH2O,
	reload:  reloadH2O,
	reloadable: func(e *env) {
		if e.failed = e.keepListeners(); e.failed == nil {
			startH2O(e)
		}
	},
	lacks: map[string]string{
		"hints":           "2.2 does not pass 103 on",
		"trailers":        "2.2 does not pass trailers on",
		"upload-trailers": "2.2 does not pass trailers on",
	},
}

func startH2O(e *env) {
	path, _ := program("h2o")
	listen := func(addr, more string) string {
		if addr == "" {
			return ""
		}
		host, port, _ := net.SplitHostPort(addr)
		return fmt.Sprintf("listen: { host: \"%s\", port: %s%s }\n", host, port, more)
	}
	conf := "num-threads: 1\nuser: nobody\nerror-log: /dev/stderr\n" + listen(e.plain, "") + listen(e.six, "") +
		listen(e.secure, fmt.Sprintf(", ssl: { certificate-file: %s, key-file: %s, minimum-version: TLSv1.2 }", e.cert.Cert, e.cert.Key))
	if e.tight {
		conf += fmt.Sprintf("http1-request-timeout: %d\nlimit-request-body: %d\n", tightIdle, tightBody)
	}
	conf += fmt.Sprintf(`access-log: { path: %s/access.log, format: "%%s %%r" }
hosts:
  default:
    paths:
      "/": { file.dir: %s }
      "/d/": { proxy.reverse.url: "http://%s/d/" }
      "/d/refuse": { mruby.handler: "Proc.new {|env| [403, {}, [\"not wanted\"]]}" }
`, e.dir, e.root, e.upAddr)
	e.log = func() string { return readText(e, e.dir+"/access.log") }
	e.run(sigTerm, e.starterPorts(), path, "-m", "worker", "-c", write(e, filepath.Join(e.dir, "h2o.conf"), strings.TrimSpace(conf)+"\n"))
}

// reloadH2O does what its start_server does at a SIGHUP, with the same
// environment variable: it holds the sockets, starts a second worker with them
// and ends the first one, which answers what it has begun. (The program itself
// wants more of Perl than each Debian has, and lets a second go by in between.)
func reloadH2O(e *env) error {
	first := e.proc()
	if err := e.respawn(); err != nil {
		return err
	}
	return first.cmd.Process.Signal(sigTerm)
}

// keepListeners listens for the processes to come.
func (e *env) keepListeners() error {
	e.inherits = nil
	for _, addr := range e.listens() {
		ln, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		f, err := handedOn(ln.(*net.TCPListener))
		ln.Close() // f keeps the socket
		if err != nil {
			return err
		}
		e.Cleanup(func() { f.Close() })
		e.inherits = append(e.inherits, f)
	}
	return nil
}

// handedOn is a listening socket whose state is left to those who get it. The
// file that package net gives would make it blocking at each start of a process
// (os.File.Fd), under the first worker too: that one, told of a connection which
// the second one takes, would wait in accept(2) and serve nobody.
func handedOn(ln *net.TCPListener) (*os.File, error) {
	f, err := ln.File()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "listener"), nil // blocking now: it stays as it is
}

// TestHandedOn: the start of a process leaves a socket as its user has put it.
func TestHandedOn(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f, err := handedOn(ln.(*net.TCPListener))
	ln.Close()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := unix.SetNonblock(int(f.Fd()), true); err != nil { // as a worker does
		t.Fatal(err)
	}
	p, err := launch(t.TempDir(), nil, []*os.File{f}, "true")
	if err != nil {
		t.Fatal(err)
	}
	<-p.exited
	if flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("flags %#x, %v: the socket blocks", flags, err)
	}
}

// starterPorts tells the processes which descriptor is which socket.
func (e *env) starterPorts() []string {
	var ports []string
	for i, addr := range e.listens() {
		if i < len(e.inherits) {
			ports = append(ports, fmt.Sprintf("%s=%d", addr, 3+i))
		}
	}
	if ports == nil {
		return nil
	}
	return []string{"SERVER_STARTER_PORT=" + strings.Join(ports, ";")}
}
