//go:build unix

package aio_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
)

// Ten thousand connections on one goroutine and one processor, each with twenty
// documents behind one another, all of them right.
//
// With the race detector this takes seven times the processor time and 4 GB
// instead of half a one (client 2.5, server 1.5): all of it goes well there too,
// in 3 minutes on a machine that is busy otherwise. So that not every run pays
// for it, there are 1,000 connections with it unless DUGONG_RACE_ALL is set.
func TestTenThousandConnections(t *testing.T) {
	if testing.Short() {
		t.Skip("left out by -short: it takes some seconds; .ci/run runs it")
	}
	const each = 20
	conns := 10_000
	if underRace && os.Getenv("DUGONG_RACE_ALL") == "" {
		conns = 1000
		t.Logf("under the race detector with %d connections; set DUGONG_RACE_ALL=1 for all", conns)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if uint64(limit.Cur) < uint64(conns)+100 {
		t.Skipf("SKIPPED: %d connections need more than the %d descriptors that RLIMIT_NOFILE allows", conns, limit.Cur)
	}
	l := newLoop(t)
	addr := child(t, "origin", "GOMAXPROCS=1")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	docs := documents()
	open, most, good := 0, 0, 0
	all := make(chan struct{})
	start := time.Now()
	for i := range conns {
		c, err := dugong.New(addr, &dugong.Config{Timeout: -1})
		if err != nil {
			t.Fatal(err)
		}
		do(l, func(ctx context.Context) error {
			defer c.Close()
			err := c.Connect(ctx)
			if err == nil {
				if open++; open == conns {
					close(all) // nobody begins before everybody is connected
				}
				most = max(most, open)
				err = dugong.Await(ctx, all)
			}
			if err == nil {
				err = fetch(ctx, c, docs.Sum, i*each, each, docs.Count)
			}
			if open--; err != nil {
				t.Error(err)
				return err
			}
			good++
			return nil
		})
	}
	// No limit of our own: on a busy machine it is the machine that is tested by
	// one. go test has its -timeout, and shows where everybody is.
	if err := l.Run(bg); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d connections at once, %d documents in %v; %+v", most, good*each, time.Since(start).Round(time.Millisecond), l.Stats())
	if good != conns || most != conns {
		t.Errorf("%d of %d connections went well, %d at once", good, conns, most)
	}
}

// fetch asks for all documents at once and compares what comes.
func fetch(ctx context.Context, c *dugong.Conn, sum func(int) string, first, n, count int) error {
	for i := first; i < first+n; i++ {
		if err := c.SendRequest(ctx, &dugong.Request{Path: fmt.Sprintf("/doc/%d", i%count), More: true}); err != nil {
			return err
		}
	}
	h := sha256.New()
	for i := first; i < first+n; i++ {
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return err
		}
		h.Reset()
		if _, err := io.Copy(h, resp.Body); err != nil {
			return err
		}
		if got := hex.EncodeToString(h.Sum(nil)); got != sum(i%count) {
			return fmt.Errorf("document %d has the sum %s", i%count, got)
		}
	}
	return nil
}
