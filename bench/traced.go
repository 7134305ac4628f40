package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// systemCalls is all system calls of a client.
func systemCalls() (all []row) {
	for _, d := range []int{1, 8, 64, 256} {
		all = append(all, row{table: "syscalls", name: fmt.Sprintf("GET 200 B, depth %d", d), pin: true, columns: callColumns, rounds: 3, fewer: fewerDeep(d),
			job: job{Work: "get", Target: "/v", Depth: d, Count: min(10_000*d, 400_000), Traced: true}, clients: []string{"raw", "dugong", "fasthttp pipeline", "net/http"}})
	}
	return all
}

// traced counts the system calls of a job. What a process does at its beginning
// and end is taken off by running it with half the requests as well.
func (s *server) traced(j job, core int) (c cost, err error) {
	half := j
	half.Count = j.Count / 2
	few, err := s.tracedOnce(half, core)
	if err != nil {
		return few, err
	}
	if c, err = s.tracedOnce(j, core); err != nil {
		return c, err
	}
	c.Count -= half.Count
	for name, n := range few.Names {
		c.Names[name] -= n
	}
	return c, nil
}

func (s *server) tracedOnce(j job, core int) (c cost, err error) {
	list, err := os.CreateTemp("", "dugong-bench-")
	if err != nil {
		return c, err
	}
	list.Close()
	defer os.Remove(list.Name())
	by, read := tracer(list.Name())
	if c, err = s.counted(j, core, by...); err != nil {
		return c, err
	}
	text, err := os.ReadFile(list.Name())
	c.Names = read(string(text))
	return c, err
}

// tracer is a program that counts system calls, and what reads its report. perf
// hardly disturbs what it counts, but needs privileges; under strace a call
// takes so long that fewer of them find nothing to do.
func tracer(file string) (by []string, read func(string) map[string]int) {
	if exec.Command("perf", "stat", "-e", "raw_syscalls:sys_enter", "true").Run() != nil {
		return []string{"strace", "-f", "-c", "-o", file}, readStrace
	}
	events := "raw_syscalls:sys_enter"
	for _, name := range []string{"read", "write", "readv", "writev", "recvfrom", "sendto", "recvmsg", "sendmsg", "epoll_pwait", "epoll_ctl", "futex", "nanosleep"} {
		events += ",syscalls:sys_enter_" + name
	}
	return []string{"perf", "stat", "-x", ",", "-o", file, "-e", events}, readPerf
}

// readPerf reads lines like "123,,syscalls:sys_enter_read,...". What has no
// name of its own is "other".
func readPerf(text string) map[string]int {
	names := map[string]int{}
	for line := range strings.Lines(text) {
		f := strings.Split(line, ",")
		if len(f) < 3 {
			continue
		}
		n, err := strconv.Atoi(f[0])
		if err != nil {
			continue
		}
		if name, ok := strings.CutPrefix(f[2], "syscalls:sys_enter_"); ok {
			names[name] += n
			names["other"] -= n
		} else {
			names["other"] += n
		}
	}
	return names
}

// readStrace reads the table that strace -c writes.
func readStrace(text string) map[string]int {
	names := map[string]int{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 5 || f[len(f)-1] == "total" {
			continue
		}
		if n, err := strconv.Atoi(f[3]); err == nil {
			names[f[len(f)-1]] += n
		}
	}
	return names
}
