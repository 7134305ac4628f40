package main

import (
	"fmt"
	"io"
	"os"
	"runtime/pprof"
)

// profile writes where one client spends its time, for go tool pprof: a row that
// was asked for, or small requests, pinned, enough of them for a few seconds.
func profile(o options, w io.Writer) error {
	r := row{pin: true, job: job{Client: o.client, Work: "get", Target: "/v", TLS: o.tls, Depth: o.depth, Count: int(2_000_000 * o.scale), Profile: o.profile}}
	if rows := o.rows(); o.run != "" && len(rows) > 0 {
		r = rows[0]
		r.job.Profile = o.profile
	}
	p, err := o.place(&r)
	if err != nil {
		return err
	}
	defer p.close()
	c, err := p.run(r, o.client)
	if err != nil {
		return err
	}
	if _, err = fmt.Fprintf(w, "%s, depth %d: %s of CPU a request\n", o.client, r.job.Depth, span(float64(c.CPU)/float64(c.Count))); err == nil && !o.where {
		_, err = fmt.Fprintf(w, "now: go tool pprof -top %s\n", o.profile)
	}
	return err
}

// profiled does what f does and writes a profile of it, if one is wanted.
func profiled(name string, f func() error) error {
	if name == "" {
		return f()
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
