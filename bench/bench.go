package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

type options struct {
	run    string
	rounds int
	scale  float64
	out    string
}

// A row is one kind of work, done by several clients in turn.
type row struct {
	table, name string
	job         job
	clients     []string
}

func rows(scale float64) (all []row) {
	n := func(x int) int { return max(1, int(float64(x)*scale)) }
	for _, secure := range []bool{false, true} {
		name, depths := "small", []int{1, 8, 64, 256}
		if secure {
			name, depths = "small-tls", []int{1, 64}
		}
		for _, d := range depths {
			count := n(min(10_000*d, 400_000))
			all = append(all, row{name, "GET 200 B, depth " + strconv.Itoa(d),
				job{Work: "get", TLS: secure, Target: "/b/200", Size: 200, Depth: d, Count: count}, []string{"raw", "dugong", "fasthttp", "net/http"}})
		}
	}
	const gib = 1 << 30
	for _, chunk := range []int{0, 64 << 10, 4 << 10} {
		target, name := "/b/"+strconv.Itoa(gib), "download 1 GiB, counted"
		if chunk > 0 {
			target, name = fmt.Sprintf("/c/%d/%d", gib, chunk), fmt.Sprintf("download 1 GiB, chunks of %d KiB", chunk>>10)
		}
		all = append(all, row{"large", name, job{Work: "download", Target: target, Size: gib, Chunk: chunk, Depth: 1, Count: n(1)}, []string{"raw", "dugong", "net/http"}})
	}
	all = append(all,
		row{"large", "upload 1 GiB, counted", job{Work: "upload", Target: "/u", Size: gib, Depth: 1, Count: n(1)}, []string{"raw", "dugong"}},
		row{"large", "upload 1 GiB, chunked", job{Work: "upload", Target: "/u", Size: gib, Chunk: 1, Depth: 1, Count: n(1)}, []string{"raw", "dugong"}})
	return all
}

func bench(o options, w io.Writer) error {
	var file *os.File
	if o.out != "" {
		name := filepath.Join(o.out, time.Now().UTC().Format("2006-01-02-1504")+".txt")
		var err error
		if file, err = os.Create(name); err != nil {
			return err
		}
		defer file.Close()
		w = io.MultiWriter(w, file)
	}
	fmt.Fprintf(w, "%s\ncommit %s, %d rounds, client and origin pinned to one core for small requests\n", machine(), commit(), o.rounds)
	table := ""
	for _, r := range rows(o.scale) {
		if !strings.Contains(r.table, o.run) {
			continue
		}
		if r.table != table {
			table = r.table
			fmt.Fprintf(w, "\n%-34s %-9s %12s %11s %12s %15s %10s\n", table, "client", "us a request", "throughput", "us of CPU", "CPU, raw = 1", "allocs")
		}
		if err := runRow(r, o, w); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	return nil
}

// runRow runs the clients in turn and prints medians, as ratios to raw of the
// same round.
func runRow(r row, o options, w io.Writer) error {
	pin := r.job.Work == "get"
	addrs, stop, err := startOrigin(pin)
	if err != nil {
		return err
	}
	defer stop()
	r.job.Addr = addrs[0]
	if r.job.TLS {
		r.job.Addr = addrs[1]
	}
	costs := map[string][]cost{}
	for range o.rounds {
		for _, client := range r.clients {
			before, err := served(addrs[0])
			if err != nil {
				return err
			}
			c, err := runClient(r.job, client, pin)
			if err != nil {
				return fmt.Errorf("%s: %w", client, err)
			}
			after, err := served(addrs[0])
			if err != nil {
				return err
			}
			if after-before != r.job.Count {
				return fmt.Errorf("%s: the origin counted %d requests, not %d", client, after-before, r.job.Count)
			}
			costs[client] = append(costs[client], c)
		}
	}
	for i, client := range r.clients {
		name := ""
		if i == 0 {
			name = r.name
		}
		printClient(w, name, client, costs[client], costs["raw"], r.job.Count)
	}
	return nil
}

func printClient(w io.Writer, name, client string, costs, raw []cost, count int) {
	var wall, speed, cpu, ratio, allocs []float64
	for i, c := range costs {
		wall = append(wall, float64(c.Wall.Nanoseconds())/1e3/float64(count))
		cpu = append(cpu, float64(c.CPU.Nanoseconds())/1e3/float64(count))
		speed = append(speed, float64(raw[i].Wall)/float64(c.Wall))
		ratio = append(ratio, float64(c.CPU)/float64(raw[i].CPU))
		allocs = append(allocs, float64(c.Allocs)/float64(count))
	}
	fmt.Fprintf(w, "%-34s %-9s %12.3f %11.2f %12.3f %15s %10.2f\n", name, client, median(wall), median(speed), median(cpu),
		fmt.Sprintf("%.2f (%.2f-%.2f)", median(ratio), slices.Min(ratio), slices.Max(ratio)), median(allocs))
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}

func startOrigin(pin bool) (addrs []string, stop func(), err error) {
	cmd := exec.Command(os.Args[0], "origin")
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := startPinned(cmd, pin, 0); err != nil {
		return nil, nil, err
	}
	stop = func() { cmd.Process.Kill(); cmd.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if addrs = strings.Fields(line); err != nil || len(addrs) != 2 {
		stop()
		return nil, nil, fmt.Errorf("the origin said %q, %v", line, err)
	}
	return addrs, stop, nil
}

// startPinned starts a command on one core: a child inherits the affinity of
// the thread that starts it.
func startPinned(cmd *exec.Cmd, pin bool, core int) error {
	cmd.Stderr = os.Stderr
	if !pin {
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
		return err
	}
	defer unix.SchedSetaffinity(0, &old)
	return cmd.Start()
}

func runClient(j job, client string, pin bool) (c cost, err error) {
	j.Client = client
	arg, err := json.Marshal(j)
	if err != nil {
		return c, err
	}
	cmd := exec.Command(os.Args[0], "client", string(arg))
	var out strings.Builder
	cmd.Stdout = &out
	if err := startPinned(cmd, pin, 0); err != nil {
		return c, err
	}
	if err := cmd.Wait(); err != nil {
		return c, err
	}
	return c, json.Unmarshal([]byte(out.String()), &c)
}

// served asks the origin how many requests it has answered.
func served(addr string) (int, error) {
	c, err := net.Dial("tcp", addr)
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

func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// machine says what it ran on, without names.
func machine() string {
	model := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == "model name" {
				model = strings.TrimSpace(v)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s/%s, %s", model, runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
}
