package wiretest

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Nginx says how nginx is to be configured.
type Nginx struct {
	TLS               bool
	KeepaliveRequests int    // requests a connection; 0 for nginx's default of 1000
	Root              string // document root; "" for an empty folder
	HTTP              string // more directives for the http block
	Server            string // more directives for the server block
}

// NginxServer is a running nginx.
type NginxServer struct {
	Addr string // "127.0.0.1:4711"
	Port int

	t      testing.TB
	cmd    *exec.Cmd
	exited chan struct{} // closed when the process has ended
	more   chan struct{} // a line was added

	mu     sync.Mutex
	lines  []AccessLine
	stderr bytes.Buffer
}

// StartNginx starts nginx on a free port of the loopback, with a configuration
// of its own, until the test ends. Without nginx it skips the test (see Lacking).
func StartNginx(t testing.TB, cfg Nginx) *NginxServer {
	t.Helper()
	program, err := findNginx()
	if err != nil {
		Lacking(t, "nginx", err)
	}
	// The listening socket is ours and inherited: no other process can take
	// the port in between, and clients can connect before nginx is ready.
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("wiretest: %v", err)
	}
	defer ln.Close()
	n := &NginxServer{t: t, Addr: ln.Addr().String(), Port: ln.Addr().(*net.TCPAddr).Port,
		exited: make(chan struct{}), more: make(chan struct{}, 1)}
	if err := n.start(program, ln.(*net.TCPListener), cfg); err != nil {
		t.Fatalf("wiretest: starting %s: %v", program, err)
	}
	t.Cleanup(n.stop)
	n.awaitReady()
	return n
}

// findNginx looks in the search path and where systems keep what only root's
// search path has.
func findNginx() (string, error) {
	program, err := exec.LookPath("nginx")
	if err == nil {
		return program, nil
	}
	for _, p := range []string{"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/opt/homebrew/bin/nginx"} {
		if _, e := os.Stat(p); e == nil {
			return p, nil
		}
	}
	return "", err
}

func (n *NginxServer) start(program string, ln *net.TCPListener, cfg Nginx) error {
	socket, err := ln.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer in.Close()
	n.cmd = exec.Command(program, "-p", n.t.TempDir(), "-c", n.writeConfig(cfg), "-e", "stderr")
	n.cmd.Env = append(os.Environ(), "NGINX=3;") // nginx's own way to hand a socket to its successor
	n.cmd.ExtraFiles = []*os.File{socket}
	n.cmd.Stdout = in
	n.cmd.Stderr = n
	if err := n.cmd.Start(); err != nil {
		out.Close()
		return err
	}
	var reading sync.WaitGroup
	reading.Go(func() { n.readLog(out) })
	go func() {
		n.cmd.Wait()
		reading.Wait()
		close(n.exited)
	}()
	return nil
}

// Write keeps what nginx says on standard error.
func (n *NginxServer) Write(b []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stderr.Write(b)
}

// ErrorLog is what nginx has said on standard error so far.
func (n *NginxServer) ErrorLog() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.stderr.String()
}

// awaitReady makes one request, which is answered when nginx has begun to work.
func (n *NginxServer) awaitReady() {
	n.t.Helper()
	c, err := net.DialTimeout("tcp4", n.Addr, DefaultGuard)
	if err != nil {
		n.t.Fatalf("wiretest: nginx: %v; it says:\n%s", err, n.ErrorLog())
	}
	defer c.Close()
	answered := make(chan error, 1)
	go func() {
		c.SetDeadline(time.Now().Add(DefaultGuard))
		// Clear text on a TLS port gets a clear-text 400: any octet will do.
		io.WriteString(c, "GET /.ready HTTP/1.0\r\n\r\n")
		_, err := io.ReadAll(c)
		answered <- err
	}()
	select {
	case err = <-answered:
	case <-n.exited:
		c.Close()
		<-answered
		err = fmt.Errorf("it ended")
	}
	if err != nil {
		n.t.Fatalf("wiretest: nginx does not answer: %v; it says:\n%s", err, n.ErrorLog())
	}
}

// stop ends the process and waits for it.
func (n *NginxServer) stop() {
	n.cmd.Process.Signal(syscall.SIGTERM)
	if !within(DefaultGuard, n.exited) {
		n.t.Errorf("wiretest: nginx does not end; it says:\n%s", n.ErrorLog())
		n.kill()
		<-n.exited
	}
	if n.t.Failed() && n.ErrorLog() != "" {
		n.t.Logf("nginx says:\n%s", n.ErrorLog())
	}
}

var workerStarted = regexp.MustCompile(`start worker process (\d+)`)

// kill ends the master and the worker, which would outlive it.
func (n *NginxServer) kill() {
	n.cmd.Process.Kill()
	for _, m := range workerStarted.FindAllStringSubmatch(n.ErrorLog(), -1) {
		pid, _ := strconv.Atoi(m[1])
		if worker, err := os.FindProcess(pid); err == nil {
			worker.Kill()
		}
	}
}

func (n *NginxServer) writeConfig(cfg Nginx) string {
	n.t.Helper()
	dir := n.t.TempDir()
	name := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(name, []byte(nginxConfig(n.t, dir, n.Addr, cfg)), 0o600); err != nil {
		n.t.Fatalf("wiretest: %v", err)
	}
	return name
}
