package main

import (
	"runtime"
	"syscall"
	"time"
)

// A job is what one client process does.
type job struct {
	Client string
	Work   string // get: Count small requests, Depth in flight; download, upload: Count bodies of Size in turn
	Addr   string
	TLS    bool
	Target string
	Depth  int
	Count  int
	Size   int // octets of a body
	Chunk  int // of chunks; 0: counted
}

// A cost is what it took. Allocs counts all of the process.
type cost struct {
	Wall, CPU time.Duration
	Allocs    uint64
}

var clients = map[string]func(job) error{
	"raw": raw, "dugong": library, "fasthttp": fastPipeline, "net/http": netHTTP,
}

func measure(f func() error) (c cost, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start, cpu := time.Now(), cpuTime()
	err = f()
	c.Wall, c.CPU = time.Since(start), cpuTime()-cpu
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
