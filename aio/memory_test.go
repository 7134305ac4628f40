package aio_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"log"
	"net"
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

// BenchmarkIdle measures in a fresh process, with the server in another one: a
// connection that has had an answer, alone; with a task that waits for something
// to do with it (idle); and with a task or a goroutine that waits for the next
// answer.
func BenchmarkIdle(b *testing.B) {
	for _, mode := range []string{"socket-alone", "nothing-idle", "plain-alone", "tls-alone", "plain-idle", "tls-idle", "plain", "tls", "plain-goroutine", "tls-goroutine"} {
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
	mode, addr := args[1], args[2]
	cfg := &dugong.Config{Timeout: time.Hour}
	if strings.HasPrefix(mode, "tls") {
		cfg.TLS = &tls.Config{InsecureSkipVerify: true}
	}
	var conns []*dugong.Conn
	one := func() *dugong.Conn {
		c, err := dugong.New(addr, cfg)
		if err != nil {
			log.Fatal(err)
		}
		conns = append(conns, c)
		return c
	}
	more := func(n int) { // one after the other: nothing else is ever there
		for range n {
			if err := get(bg, one()); err != nil {
				log.Fatal(err)
			}
		}
	}
	if mode == "socket-alone" {
		var sockets []net.Conn
		defer func() { runtime.KeepAlive(sockets) }()
		more = func(n int) {
			for range n {
				c, err := net.Dial("tcp", addr)
				if err != nil {
					log.Fatal(err)
				}
				sockets = append(sockets, c)
			}
		}
	} else if !strings.HasSuffix(mode, "alone") {
		l, err := aio.NewLoop()
		if err != nil {
			log.Fatal(err)
		}
		goroutines := strings.HasSuffix(mode, "goroutine")
		if goroutines {
			l = aio.NewBlockingLoop()
		}
		defer l.Close()
		f := waiting
		if strings.HasSuffix(mode, "idle") {
			f = asleep
		}
		if mode == "nothing-idle" {
			one = func() *dugong.Conn { return nil }
		}
		more = func(n int) { suspended(l, n, one, f, !goroutines && !strings.HasSuffix(mode, "idle")) }
	}
	more(100) // what is there once, and pools, count as before
	before := resident()
	more(idleConns)
	after := resident()
	profile()
	fmt.Println(float64(after-before) / idleConns)
	runtime.KeepAlive(conns)
}

// wave is how many connections are made at a time: some, as by a program that
// goes on for a while. All at once they would leave gaps in the heap where their
// handshakes were, of 4 KB each.
const wave = 50

// suspended adds n connections with a task each, and returns when all tasks of
// the loop are in their last wait.
func suspended(l *aio.Loop, n int, one func() *dugong.Conn, f func(context.Context, *dugong.Conn) error, watched bool) {
	for n > 0 {
		for range min(n, wave) {
			c := one()
			do(l, func(ctx context.Context) error { return f(ctx, c) })
		}
		n -= min(n, wave)
		untilHolding(l, watched)
	}
}

func untilHolding(l *aio.Loop, watched bool) {
	all := l.Stats().Tasks
	ctx, cancel := context.WithCancel(bg)
	go func() {
		for int(holding.Load()) < all || watched && l.Stats().Watched < all {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	l.Run(ctx)
}

// profile writes what the heap holds, for who wants to know.
func profile() {
	name := os.Getenv("DUGONG_HEAP_PROFILE")
	if name == "" {
		return
	}
	f, err := os.Create(name)
	if err != nil {
		log.Fatal(err)
	}
	defer f.Close()
	pprof.WriteHeapProfile(f)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	log.Printf("for each: heap %d in use %d, stacks %d, system %d, goroutines %d", m.HeapAlloc/idleConns, m.HeapInuse/idleConns,
		m.StackInuse/idleConns, (m.OtherSys+m.MSpanSys+m.MCacheSys+m.GCSys)/idleConns, runtime.NumGoroutine())
}

// asleep has had an answer and waits for something to do.
func asleep(ctx context.Context, c *dugong.Conn) error {
	if c != nil {
		if err := get(ctx, c); err != nil {
			log.Fatal(err)
		}
	}
	holding.Add(1)
	return aio.Sleep(ctx, time.Hour)
}

// waiting has had an answer and waits for the next one.
func waiting(ctx context.Context, c *dugong.Conn) error {
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

// resident collects garbage first, several times: stacks shrink by half at
// each collection.
func resident() int {
	for range 8 {
		debug.FreeOSMemory()
	}
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	pages, _ := strconv.Atoi(strings.Fields(string(b))[1])
	return pages * os.Getpagesize()
}
