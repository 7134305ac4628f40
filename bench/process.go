package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// anywhere is the core of a process that may run on all of them.
const anywhere = -1

// A server is an origin in a process of its own.
type server struct {
	plain, secure, http2 string
	cmd                  *exec.Cmd
}

func startOrigin(core int) (*server, error) {
	s := &server{cmd: exec.Command(os.Args[0], "origin")}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := startOn(core, s.cmd); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addrs := strings.Fields(line)
	if err != nil || len(addrs) != 3 {
		s.stop()
		return nil, fmt.Errorf("the origin said %q, %v", line, err)
	}
	s.plain, s.secure, s.http2 = addrs[0], addrs[1], addrs[2]
	return s, nil
}

func (s *server) stop() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// served asks the origin how many requests it has answered.
func (s *server) served() (int, error) {
	c, err := net.Dial("tcp", s.plain)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /count HTTP/1.1\r\n\r\n"); err != nil {
		return 0, err
	}
	buf := make([]byte, 4096)
	n, err := c.Read(buf)
	if err != nil {
		return 0, err
	}
	_, body, _ := strings.Cut(string(buf[:n]), "\r\n\r\n")
	return strconv.Atoi(body)
}

// startOn starts a command on one core: a child inherits the affinity of the
// thread that starts it, and Go's runtime then uses one thread for Go code.
func startOn(core int, cmd *exec.Cmd) error {
	if cmd.Stderr == nil {
		cmd.Stderr = os.Stderr
	}
	if core == anywhere {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var old, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &old); err != nil {
		return err
	}
	one.Set(core)
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		return fmt.Errorf("core %d: %w", core, err)
	}
	defer unix.SchedSetaffinity(0, &old)
	return cmd.Start()
}

// firstCore is the first core that this process may use.
func firstCore() int { return max(0, nextCore(-1)) }

// nextCore is the next one behind core, or anywhere if there is none.
func nextCore(core int) int {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return anywhere
	}
	for i := core + 1; i < runtime.NumCPU()*64; i++ {
		if set.IsSet(i) {
			return i
		}
	}
	return anywhere
}

// runClient does a job in a process of its own, perhaps by way of another
// program.
func runClient(j job, core int, by ...string) (c cost, err error) {
	cmd, err := under(j, by)
	if err != nil {
		return c, err
	}
	var out strings.Builder
	cmd.Stdout = &out
	if err := startOn(core, cmd); err != nil {
		return c, err
	}
	if err := cmd.Wait(); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(out.String()), &c)
}

// under is the command line of a client.
func under(j job, by []string) (*exec.Cmd, error) {
	arg, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	all := append(by[:len(by):len(by)], os.Args[0], "client", string(arg))
	return exec.Command(all[0], all[1:]...), nil
}
