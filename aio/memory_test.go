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

const idleConns = 5000

// BenchmarkIdle measures in a fresh process, with the server in another one.
func BenchmarkIdle(b *testing.B) {
	for _, mode := range []string{"plain", "tls", "plain-goroutine", "tls-goroutine"} {
		b.Run(mode, func(b *testing.B) {
			role := "hold"
			if strings.HasPrefix(mode, "tls") {
				role = "hold-tls"
			}
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
	if strings.HasPrefix(args[1], "tls") {
		cfg.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	l, err := aio.NewLoop()
	if err != nil {
		log.Fatal(err)
	}
	if strings.HasSuffix(args[1], "goroutine") {
		l = aio.NewBlockingLoop()
	}
	one := func() {
		c, err := dugong.New(args[2], cfg)
		if err != nil {
			log.Fatal(err)
		}
		do(l, func(ctx context.Context) error { return idle(ctx, c) })
	}
	settle := func(tasks int) int {
		ctx, cancel := context.WithCancel(bg)
		go func() {
			for int(holding.Load()) < tasks || l.Stats().Watched < tasks && !strings.HasSuffix(args[1], "goroutine") {
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
	for range 100 { // what is there once, and pools, count as before
		one()
	}
	before := settle(100)
	for range idleConns {
		one()
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
