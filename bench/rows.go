package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/dugong-http/dugong/internal/origin"
)

// A row is one kind of work, done by several clients in turn. The first client
// is what the others are compared with.
type row struct {
	table, name string
	job         job
	clients     []string
	columns     []column // nil: the usual ones
	rounds      int      // at most; 0: as many as were asked for
	times       int      // so many times that; 0: once
	pin         bool     // client and origin share one core
	apart       bool     // they have one core each, where there are two
	path        origin.Path
	x           float64 // what grows, in units
	unit        string
	fewer       map[string]int // by client: it does only one request of so many
}

// tables lists all rows, in the order in which they are run. Counts are chosen
// so that the quickest client takes a tenth of a second.
func tables() (all []row) {
	all = append(all, small("small", false, []int{1, 8, 64, 256}, "raw", "dugong", "fasthttp pipeline", "net/http")...)
	all = append(all, small("small-tls", true, []int{1, 64}, "raw", "dugong", "fasthttp pipeline", "net/http")...)
	all = append(all, hands()...)
	all = append(all, callers()...)
	all = append(all, callersFar()...)
	all = append(all, parsing()...)
	all = append(all, large()...)
	all = append(all, far()...)
	all = append(all, idle()...)
	all = append(all, systemCalls()...)
	return append(all, growth()...)
}

func small(table string, secure bool, depths []int, clients ...string) (all []row) {
	for _, d := range depths {
		all = append(all, row{table: table, name: fmt.Sprintf("GET 200 B, depth %d", d), clients: clients, pin: true, fewer: fewerDeep(d),
			job: job{Work: "get", TLS: secure, Target: "/v", Depth: d, Count: min(10_000*d, 400_000)}})
	}
	return all
}

// fewerDeep lets the rivals do fewer requests where they take many times as
// long: otherwise a run would consist of waiting for them.
func fewerDeep(depth int) map[string]int {
	switch {
	case depth >= 64:
		return map[string]int{"net/http": 20, "fasthttp pipeline": 8}
	case depth >= 8:
		return map[string]int{"net/http": 4, "fasthttp pipeline": 2}
	}
	return nil
}

// hands is the same by the calls that do one step at a time.
func hands() (all []row) {
	for _, d := range []int{1, 64} {
		all = append(all, row{table: "hands", name: fmt.Sprintf("GET 200 B, %d at a time", d), pin: true,
			job: job{Work: "get", Target: "/v", Depth: d, Count: min(10_000*d, 300_000)}, clients: []string{"raw", "dugong", "ReadResponseInto", "ReadResponse"}})
	}
	return all
}

// callers is RoundTrip by many goroutines, each of which asks again when it has
// its answer.
func callers() (all []row) {
	for _, n := range []int{1, 64, 256} {
		all = append(all, row{table: "roundtripper", name: strconv.Itoa(n) + " callers, GET 200 B", pin: true,
			job: job{Work: "get", Target: "/v", Depth: n, Count: min(50_000*n, 300_000)}, clients: roundTrippers})
	}
	return all
}

var roundTrippers = []string{"net/http", "dugonghttp", "dugonghttp depth 64", "fasthttp pipeline", "fasthttp"}

// callersFar is the same over a way of 50 ms: each caller asks so many times
// that connecting is a small part of it.
func callersFar() (all []row) {
	const rtt = 50 * time.Millisecond
	for _, n := range []int{1, 64, 256} {
		all = append(all, row{table: "roundtripper-far", name: fmt.Sprintf("%d callers, GET 200 B, %v", n, rtt), path: origin.Path{RTT: rtt},
			job: job{Work: "get", Target: "/v", Depth: n, Count: 40 * n}, clients: roundTrippers})
	}
	return all
}

// parsing is response heads in memory.
func parsing() (all []row) {
	for _, n := range []int{5, 12, 40} {
		all = append(all, row{table: "heads", name: fmt.Sprintf("response head, %d fields", n), pin: true,
			job: job{Work: "head", Size: n, Count: 10_000_000 / n}, clients: []string{"net/textproto", "fasthttp's parser", "dugong's parser"}})
	}
	return all
}

// timesLarge: a large body is half a second on both cores, in which anything that
// the machine does besides is in the figure, so there are more rounds. Client and
// origin keep to a core of their own: where each may go to either, a round in
// which they share one costs another amount.
const timesLarge = 3

func large() (all []row) {
	const gib = 1 << 30
	add := func(name string, j job, clients ...string) {
		j.Size, j.Depth, j.Count = gib, 1, 1
		all = append(all, row{table: "large", name: name, job: j, clients: clients, times: timesLarge, apart: true})
	}
	add("download 1 GiB, counted", job{Work: "download", Target: "/b/" + strconv.Itoa(gib)}, "raw", "dugong", "net/http")
	for _, chunk := range []int{64, 4} {
		add(fmt.Sprintf("download 1 GiB, chunks of %d KiB", chunk),
			job{Work: "download", Target: fmt.Sprintf("/c/%d/%d", gib, chunk<<10), Chunk: chunk << 10}, "raw", "dugong", "net/http")
	}
	for _, chunk := range []int{0, 1} {
		for _, source := range []string{"memory", "file"} {
			name := "upload 1 GiB of " + source + map[int]string{0: ", counted", 1: ", chunked"}[chunk]
			add(name, job{Work: "upload", Target: "/u", Chunk: chunk, Source: strings.TrimPrefix(source, "memory")}, "raw", rawPieces, "dugong", "net/http")
		}
	}
	return all
}

// far is 1,000 documents of 10 KB over a long way, on new connections.
func far() (all []row) {
	for _, p := range []origin.Path{{RTT: 20 * time.Millisecond}, {RTT: 20 * time.Millisecond, SlowStart: true}, {RTT: 100 * time.Millisecond}, {RTT: 100 * time.Millisecond, SlowStart: true}} {
		name := "1,000 of 10 KB, " + p.RTT.String()
		if p.SlowStart {
			name += ", slow start"
		}
		all = append(all, row{table: "far", name: name, path: p,
			job:     job{Work: "get", Target: "/b/10240", Size: 10240, Depth: 1000, Count: 1000},
			clients: []string{"raw", "dugong", "fasthttp pipeline", "net/http, 1", "net/http, 6", "net/http, 64", http2},
			fewer:   map[string]int{"net/http, 1": 20, "net/http, 6": 4}})
	}
	return all
}
