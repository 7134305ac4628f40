package aio_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
)

// What an idle connection with a suspended task may keep resident, everything
// included: the stack of the task, TLS, the descriptor's record in the runtime.
const (
	idleConns = 5000
	idlePlain = 4500
	idleTLS   = 20_000
)

// BenchmarkIdle measures in a fresh process, with the server in another one.
func BenchmarkIdle(b *testing.B) {
	for _, mode := range []string{"plain", "tls"} {
		b.Run(mode, func(b *testing.B) {
			role := map[string]string{"plain": "hold", "tls": "hold-tls"}[mode]
			for b.Loop() {
				addr := child(b, role)
				n, err := strconv.ParseFloat(child(b, "idle "+mode+" "+addr), 64)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(n, "resident-B/conn")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// measureIdle prints the resident octets of each connection.
func measureIdle(args []string) {
	cfg := &dugong.Config{Timeout: time.Hour}
	if args[1] == "tls" {
		cfg.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	l, err := aio.NewLoop()
	if err != nil {
		log.Fatal(err)
	}
	one := func(int) {
		c, err := dugong.New(args[2], cfg)
		if err != nil {
			log.Fatal(err)
		}
		do(l, func(ctx context.Context) error { return idle(ctx, c) })
	}
	settle := func(tasks int) int {
		ctx, cancel := context.WithCancel(bg)
		go func() {
			for int(holding.Load()) < tasks || l.Stats().Watched < tasks {
				time.Sleep(10 * time.Millisecond)
			}
			cancel()
		}()
		l.Run(ctx)
		for range 8 { // stacks shrink by half at each collection
			debug.FreeOSMemory()
		}
		return resident()
	}
	for i := range 100 { // what is there once, and pools, count as before
		one(i)
	}
	before := settle(100)
	for i := range idleConns {
		one(i)
	}
	after := settle(idleConns + 100)
	if name := os.Getenv("DUGONG_HEAP_PROFILE"); name != "" {
		f, _ := os.Create(name)
		pprof.WriteHeapProfile(f)
		f.Close()
	}
	if os.Getenv("DUGONG_HEAP_PROFILE") != "" {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		log.Printf("for each: heap %d in use %d, stacks %d, system %d, goroutines %d", m.HeapAlloc/idleConns, m.HeapInuse/idleConns, m.StackInuse/idleConns, (m.OtherSys+m.MSpanSys+m.MCacheSys+m.GCSys)/idleConns, runtime.NumGoroutine())
	}
	fmt.Println(float64(after-before) / idleConns)
	l.Close()
}

// idle has had an answer and waits for the next one.
func idle(ctx context.Context, c *dugong.Conn) error {
	if err := get(ctx, c); err != nil {
		log.Fatal(err)
	}
	if err := c.SendRequest(ctx, &dugong.Request{Path: "/hold"}); err != nil {
		log.Fatal(err)
	}
	holding.Add(1)
	_, err := c.ReadResponse(ctx)
	return err
}

var holding atomic.Int32 // tasks that have come to their last wait

func resident() int {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}
