package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// growth makes one thing larger and larger, row by row. What a request costs
// should fall or stay, and memory be bounded: see trends. Bodies have both
// cores: on one, who sends and who reads take
// turns, and who of them gets more of the cache decides. There are two
// hundred requests for each connection, in the first two rows more, so that
// connecting does not weigh more the more of them there are.
func growth() (all []row) {
	add := func(table, unit string, x int, j job, clients ...string) {
		all = append(all, row{table: "growth-" + table, name: strconv.Itoa(x) + " " + unit, unit: unit, x: float64(x), rounds: 3, pin: table != "body", fewer: fewerDeep(j.Depth), job: j, clients: clients})
	}
	for d := 1; d <= 4096; d *= 4 {
		add("depth", "requests in flight", d, job{Work: "get", Target: "/v", Depth: d, Count: min(4000*d, 200_000)}, "raw", "dugong", "fasthttp pipeline")
	}
	for _, n := range []int{1, 10, 100, 500, 1000, 2000} {
		add("connections", "connections", n, job{Work: "get", Target: "/v", Depth: n, Count: max(20_000, 200*n)}, "raw, own conns", "net/http, own conns", "dugong, own conns")
	}
	for _, n := range []int{1, 32, 1 << 10, 32 << 10, 1 << 20, 32 << 20, 1 << 30} {
		add("body", "octets of body", n, job{Work: "get", Target: "/b/" + strconv.Itoa(n), Size: n, Depth: 8, Count: min(max(1<<30/n, 1), 100_000)}, "raw", "dugong")
	}
	for n := 1; n <= 1_000_000; n *= 10 {
		add("requests", "requests on a connection", n, job{Work: "get", Target: "/v", Depth: 64, Count: n}, "raw", "dugong")
	}
	for _, n := range []int{5, 12, 25, 50, 100, 200} {
		add("fields", "fields in a head", n, job{Work: "get", Target: fmt.Sprintf("/f/%d", n), Size: 200, Depth: 64, Count: 1_000_000 / n}, "raw", "dugong", "fasthttp pipeline")
	}
	for _, pause := range []time.Duration{1, 10, 100, 1000} {
		n := 64 << 20
		add("slow", "us between two reads of 64 KiB", int(pause), job{Work: "slow", Target: "/b/" + strconv.Itoa(n), Size: n, Depth: 1, Count: 1, Pause: pause * time.Microsecond}, "net/http", "dugong")
		slow := &all[len(all)-1] // a twentieth of a second of CPU in a second of pauses: more rounds
		slow.rounds, slow.times = 9, timesLarge
	}
	return all
}

// writeGrowth writes what the plots are drawn of, if there is anything.
func writeGrowth(name string, all []result) error {
	var b bytes.Buffer
	for _, res := range all {
		if !strings.HasPrefix(res.row.table, "growth-") {
			continue
		}
		for _, client := range res.row.clients {
			s := res.samples(client, client)
			fmt.Fprintf(&b, "%s\t%s\t%g\t%s\t%.4f\t%.2f\n", res.row.table, res.row.unit, res.row.x, client, median(s.cpu)/1e3, median(s.peak))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	return os.WriteFile(name, b.Bytes(), 0o644)
}
