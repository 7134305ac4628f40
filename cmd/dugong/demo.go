package main

import (
	"context"
	"fmt"
	"time"

	"github.com/dugong-http/dugong/internal/origin"
)

// The demo: several clients fetch the same documents from one server, through
// the same link. The floor is a client that does the least possible: it writes
// all requests and counts the octets that come back.

// patience bounds each of the slow runs: with more documents than can be
// fetched in that time they fetch fewer, and the table says so.
const patience = 8 * time.Second

// repeats is how often the three fast runs are made, in turns; the best one
// counts, since they last so short that other work on the machine shows.
const repeats = 5

// A runner fetches documents 0 to n-1 and checks each of them.
type runner func(ctx context.Context, s *site, n int) error

// A contender is a line of the table.
type contender struct {
	name        string
	connections int
	docs        int
	warm        bool // a run that does not count comes first
	runs        int
	run         runner
	took        time.Duration
}

// A site is what the clients need to know.
type site struct {
	addr, url string
	docs      *origin.Documents
	octets    int64 // of all answers, heads included; 0: not known yet
}

func (d *demoCmd) run(ctx context.Context, std streams) (int, error) {
	if err := checkAmounts(d.Docs, 1, d.Size, d.RTT); err != nil {
		return exitUsage, err
	}
	docs := &origin.Documents{Count: d.Docs, Size: d.Size}
	for i := 0; i < d.Docs && ctx.Err() == nil; i++ {
		docs.Sum(i) // now, so that no client waits for it
	}
	server, err := origin.Start(origin.Config{Addr: "127.0.0.1:0", RTT: d.RTT, Documents: docs})
	if err != nil {
		return exitTemporary, err
	}
	defer server.Close()
	fmt.Fprintf(std.out, "%d documents of %d octets, %v of round-trip time\n\n", d.Docs, d.Size, d.RTT)
	return d.compare(ctx, std, &site{addr: server.Addr, url: server.URL, docs: docs})
}

func (d *demoCmd) compare(ctx context.Context, std streams, s *site) (int, error) {
	all := d.contenders()
	for _, c := range rounds(all) {
		if err := c.measure(ctx, s); err != nil {
			if interrupted(ctx) {
				return exitInterrupted, fmt.Errorf("interrupted")
			}
			fmt.Fprintf(std.err, "dugong: %s: %s\n", c.name, words(err))
			return exitTemporary, nil
		}
	}
	printTable(std.out, d.Docs, all)
	return exitOK, nil
}

func (d *demoCmd) contenders() []*contender {
	return []*contender{
		{name: "net/http, one after the other", connections: 1, docs: d.within(1), runs: 1, run: overNetHTTP(1)},
		{name: "net/http, 6 connections", connections: 6, docs: d.within(6), runs: 1, run: overNetHTTP(6)},
		{name: "net/http, 64 connections", connections: 64, docs: d.within(64), warm: true, runs: repeats, run: overNetHTTP(64)},
		{name: "dugong, one pipeline", connections: 1, docs: d.Docs, warm: true, runs: repeats, run: overPipeline},
		{name: "floor: write and count", connections: 1, docs: d.Docs, warm: true, runs: repeats, run: overFloor},
	}
}

// rounds is the order of the runs: each round has one of every contender that
// still has runs to make. So the fast ones take turns, and other work on the
// machine is no worse for one than for the other.
func rounds(all []*contender) (order []*contender) {
	for n := 0; ; n++ {
		had := len(order)
		for _, c := range all {
			if n < c.runs {
				order = append(order, c)
			}
		}
		if len(order) == had {
			return order
		}
	}
}

// within is how many documents one round trip each allows in patience.
func (d *demoCmd) within(connections int) int {
	if d.RTT == 0 {
		return d.Docs
	}
	return min(d.Docs, max(1, int(patience/d.RTT)*connections))
}

// measure makes one run. The best one counts.
func (c *contender) measure(ctx context.Context, s *site) error {
	if c.warm {
		c.warm = false
		if err := c.run(ctx, s, c.docs); err != nil {
			return err
		}
	}
	begin := time.Now()
	if err := c.run(ctx, s, c.docs); err != nil {
		return err
	}
	if took := time.Since(begin); c.took == 0 || took < c.took {
		c.took = took
	}
	return nil
}

// each is the time for one document.
func (c *contender) each() float64 { return c.took.Seconds() / float64(c.docs) }
