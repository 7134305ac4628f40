//go:build interop

package interop

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// guard bounds every wait for a server. It is long enough for a slow machine
// that does other things too.
const guard = 20 * time.Second

// starting is how long a server may take to listen: Java wants more than a
// guard where others keep the processors busy.
const starting = 3 * guard

// A process is a running server. It is ended by its process id, never by name.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended
	said   *output
}

// output keeps what a process says.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// launch starts a program in the foreground.
func launch(dir string, env []string, files []*os.File, program string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(program, args...), exited: make(chan struct{}), said: &output{}}
	p.cmd.Dir = dir
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.ExtraFiles = files
	p.cmd.Stdout, p.cmd.Stderr = p.said, p.said
	p.cmd.WaitDelay = guard // children of a server that was killed may hold the pipe
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// awaitListening connects to each address until it is taken. There is nothing
// to wait on: a server does not say when it has begun to listen.
func (p *process) awaitListening(addrs ...string) error {
	over := time.NewTimer(starting)
	defer over.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for _, a := range addrs {
		for {
			if c, err := net.DialTimeout("tcp", a, guard); err == nil {
				c.Close()
				break
			}
			select {
			case <-again.C:
			case <-p.exited:
				return fmt.Errorf("it has ended; it says:\n%s", p.said)
			case <-over.C:
				return fmt.Errorf("nobody listens on %s; it says:\n%s", a, p.said)
			}
		}
	}
	return nil
}

// stop asks the process to end and waits for it.
func (p *process) stop(t testing.TB, sig os.Signal) {
	select {
	case <-p.exited:
		return
	default:
	}
	p.cmd.Process.Signal(sig)
	over := time.NewTimer(guard)
	defer over.Stop()
	select {
	case <-p.exited:
	case <-over.C:
		t.Errorf("%s does not end; it says:\n%s", p.cmd.Path, p.said)
		p.cmd.Process.Kill()
		<-p.exited
	}
}

// Signals by the names that the documents of servers use.
const (
	sigTerm = syscall.SIGTERM
	sigInt  = syscall.SIGINT
	sigHup  = syscall.SIGHUP
	sigUsr1 = syscall.Signal(10) // of Linux; not every system has it in package syscall
)

// nextPort is tried next by freeAddr. It stays below the numbers that Linux gives
// to those who connect: between now and the start of a server thousands do, and
// one of them would get the address that was free.
var nextPort atomic.Int32

const firstPort, ports = 18_000, 14_000

func init() { nextPort.Store(rand.Int32N(ports)) }

// freeAddr gives an address of the loopback on which nobody listens now, and
// that it has given to nobody else.
func freeAddr(t testing.TB, host string) string {
	t.Helper()
	var err error
	for range 100 {
		port := firstPort + int(nextPort.Add(1))%ports
		var ln net.Listener
		if ln, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			defer ln.Close()
			return ln.Addr().String()
		}
	}
	t.Fatal(err)
	return ""
}

// program finds the first of these programs, also where only root's search
// path leads.
func program(names ...string) (string, error) {
	var first error
	for _, n := range names {
		for _, dir := range []string{"", "/usr/sbin/", "/usr/local/sbin/"} {
			path, err := exec.LookPath(dir + n)
			if err == nil {
				return path, nil
			}
			if first == nil {
				first = err
			}
		}
	}
	return "", first
}
