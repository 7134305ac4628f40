// Command bench compares dugong with the least possible client and with its
// rivals. See README.md for what it shows and what it does not.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	var err error
	switch role {
	case "origin":
		err = originMain()
	case "client":
		err = clientMain(os.Args[2])
	default:
		err = benchMain()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func benchMain() error {
	o := options{}
	flag.StringVar(&o.run, "run", "", "only the tables, or \"table, row\", whose name begins with `TEXT`")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each client, in turn")
	flag.Float64Var(&o.scale, "scale", 1, "multiplies the number of requests")
	flag.Float64Var(&o.size, "size", 1, "multiplies the size of large bodies")
	flag.StringVar(&o.out, "out", "", "also write the tables to a file in `DIR`")
	flag.IntVar(&o.core, "core", firstCore(), "the core for small requests, and for the client of large bodies")
	flag.BoolVar(&o.quick, "quick", false, "small requests, raw and dugong only: some ten seconds")
	flag.StringVar(&o.profile, "profile", "", "write a CPU profile of one client to `FILE`, and nothing else: of the first row of -run, or of small requests")
	flag.BoolVar(&o.where, "where", false, "with -profile: say nothing of pprof (used by the script where, which runs it)")
	flag.StringVar(&o.client, "client", "dugong", "the client to profile: dugong, raw, net/http, ...")
	flag.IntVar(&o.depth, "depth", 64, "its requests in flight")
	flag.BoolVar(&o.tls, "tls", false, "over TLS 1.3")
	flag.Parse()
	return bench(o, os.Stdout)
}
