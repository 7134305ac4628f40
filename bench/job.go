package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/dugong-http/dugong/internal/inside"
)

// A job is what one client process does.
type job struct {
	Client  string
	Work    string // see the clients
	Addr    string
	TLS     bool
	Target  string
	Depth   int // requests in flight, or callers
	Count   int
	Size    int           // octets of a body; 0: those of varied
	Chunk   int           // of chunks; 0: counted
	Source  string        // of an upload: a file's name, or empty for memory
	Pause   time.Duration // before each read, of work "slow"
	Profile string        // file for a CPU profile; empty: none
	Traced  bool          // all system calls are wanted, whatever that costs
}

// A cost is what it took. All but Wall count the whole process, from the
// beginning of the job to its end, connecting included.
type cost struct {
	Count     int // requests
	Wall, CPU time.Duration
	Allocs    uint64
	Calls     int64 // system calls that read or wrote, as Linux counts them; -1: not known
	Peak      int64 // octets resident at most, since the process began

	Idle       int64          // octets resident because of idle connections
	Goroutines int            // of these
	Names      map[string]int // of traced system calls
}

func (j *job) url() string {
	if j.TLS {
		return "https://" + j.Addr + j.Target
	}
	return "http://" + j.Addr + j.Target
}

// varied is the size of the nth small body on a connection: 168 to 231 octets,
// 199.5 on average, so that no two Content-Length in a row are alike.
func varied(n int) int { return 168 + n*29%64 }

// fits says whether a body of that many octets is one that was asked for.
func (j *job) fits(size int) bool {
	if j.Size == 0 {
		return size >= 168 && size <= 231
	}
	return size == j.Size
}

// clientMain does one job and prints what it cost.
func clientMain(arg string) error {
	var j job
	if err := json.Unmarshal([]byte(arg), &j); err != nil {
		return err
	}
	c, err := do(j)
	if err != nil {
		return err
	}
	c.Count = j.Count
	return json.NewEncoder(os.Stdout).Encode(c)
}

func do(j job) (cost, error) {
	if j.Work == "idle" {
		return measureIdle(j)
	}
	f := clients[j.Client]
	if f == nil {
		return cost{}, fmt.Errorf("no client %q", j.Client)
	}
	return measure(func() error { return profiled(j.Profile, func() error { return f(j) }) })
}

func measure(f func() error) (c cost, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	calls, start, cpu := ioCalls(), time.Now(), cpuTime()
	err = f()
	c.Wall, c.CPU, c.Peak = time.Since(start), cpuTime()-cpu, peak()
	if c.Calls = ioCalls() - calls; calls < 0 {
		c.Calls = -1
	}
	runtime.ReadMemStats(&after)
	c.Allocs = after.Mallocs - before.Mallocs
	return c, err
}

// cpuTime is user and system time of this process.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// ioCalls is how often this process has read or written anything, sockets
// included: syscr and syscw of proc(5), and what is told apart because these
// leave it out. The latter is known of connections that are closed. -1: not known.
func ioCalls() int64 {
	r, w := proc("io", "syscr"), proc("io", "syscw")
	if r < 0 || w < 0 {
		return -1
	}
	return r + w + inside.Unseen()
}

// resident is how much memory of this process is resident, or was at most.
func resident() int64 { return proc("status", "VmRSS") << 10 }
func peak() int64     { return proc("status", "VmHWM") << 10 }

// proc reads a number from a file of proc(5) about this process; -1: there is
// none.
func proc(file, name string) int64 {
	text, err := os.ReadFile("/proc/self/" + file)
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(text)) {
		if k, v, _ := strings.Cut(line, ":"); k == name {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 10, 64)
			if err != nil {
				return -1
			}
			return n
		}
	}
	return -1
}
