package main

import (
	"fmt"
	"strconv"
)

// A row is one kind of work, done by several clients in turn. The first client
// is what the others are compared with.
type row struct {
	table, name string
	job         job
	clients     []string
	pin         bool // client and origin share one core
}

// tables lists all rows, in the order in which they are run. Counts are chosen
// so that the quickest client takes a tenth of a second.
func tables() (all []row) {
	all = append(all, small("small", false, []int{1, 8, 64, 256}, "raw", "dugong", "fasthttp pipeline", "net/http")...)
	all = append(all, small("small-tls", true, []int{1, 64}, "raw", "dugong", "fasthttp pipeline", "net/http")...)
	all = append(all, hands()...)
	all = append(all, callers()...)
	return append(all, large()...)
}

func small(table string, secure bool, depths []int, clients ...string) (all []row) {
	for _, d := range depths {
		all = append(all, row{table, fmt.Sprintf("GET 200 B, depth %d", d),
			job{Work: "get", TLS: secure, Target: "/v", Depth: d, Count: min(10_000*d, 400_000)}, clients, true})
	}
	return all
}

// hands is the same by the calls that do one step at a time.
func hands() (all []row) {
	for _, d := range []int{1, 64} {
		all = append(all, row{"hands", fmt.Sprintf("GET 200 B, %d at a time", d),
			job{Work: "get", Target: "/v", Depth: d, Count: min(10_000*d, 300_000)}, []string{"raw", "dugong", "ReadResponseInto", "ReadResponse"}, true})
	}
	return all
}

// callers is RoundTrip by many goroutines, each of which asks again when it has
// its answer.
func callers() (all []row) {
	for _, n := range []int{1, 64, 256} {
		all = append(all, row{"roundtripper", strconv.Itoa(n) + " callers, GET 200 B",
			job{Work: "get", Target: "/v", Depth: n, Count: min(10_000*n, 50_000)},
			[]string{"net/http", "dugonghttp", "dugonghttp depth 64", "fasthttp pipeline", "fasthttp"}, true})
	}
	return all
}

func large() (all []row) {
	const gib = 1 << 30
	for _, chunk := range []int{0, 64 << 10, 4 << 10} {
		target, name := "/b/"+strconv.Itoa(gib), "download 1 GiB, counted"
		if chunk > 0 {
			target, name = fmt.Sprintf("/c/%d/%d", gib, chunk), fmt.Sprintf("download 1 GiB, chunks of %d KiB", chunk>>10)
		}
		all = append(all, row{"large", name, job{Work: "download", Target: target, Size: gib, Chunk: chunk, Depth: 1, Count: 1}, []string{"raw", "dugong", "net/http"}, false})
	}
	return append(all,
		row{"large", "upload 1 GiB, counted", job{Work: "upload", Target: "/u", Size: gib, Depth: 1, Count: 1}, []string{"raw", "dugong"}, false},
		row{"large", "upload 1 GiB, chunked", job{Work: "upload", Target: "/u", Size: gib, Chunk: 1, Depth: 1, Count: 1}, []string{"raw", "dugong"}, false})
}
