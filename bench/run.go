package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type options struct {
	run    string
	rounds int
	scale  float64
	size   float64
	out    string
	core   int
	quick  bool

	profile, client string
	depth           int
	tls, where      bool
}

// A result is what all rounds of a row cost, by client.
type result struct {
	row   row
	costs map[string][]cost
}

func bench(o options, w io.Writer) error {
	if o.profile != "" {
		return profile(o, w)
	}
	if o.out != "" {
		file, err := os.Create(filepath.Join(o.out, time.Now().UTC().Format("2006-01-02-1504")+".txt"))
		if err != nil {
			return err
		}
		defer file.Close()
		w = io.MultiWriter(w, file)
	}
	fmt.Fprintf(w, "%s\ncommit %s, %s, %d rounds (large: %d), scale %g\n", machine(), commit(), time.Now().UTC().Format("2006-01-02"), o.rounds, o.rounds*timesLarge, o.scale)
	var all []result
	for _, r := range o.rows() {
		if len(all) == 0 || r.table != all[len(all)-1].row.table {
			printHeading(w, r)
		}
		res, err := runRow(r, o)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", r.table, r.name, err)
		}
		printRow(w, res)
		all = append(all, res)
	}
	printTargets(w, all)
	if o.out == "" {
		return nil
	}
	return writeGrowth(filepath.Join(o.out, "growth.tsv"), all)
}

// rows gives the rows that were asked for, in their size.
func (o options) rows() (some []row) {
	for _, r := range tables() {
		switch {
		case o.quick && r.table != "small", !o.quick && !strings.HasPrefix(r.table+", "+r.name, o.run):
			continue
		case o.quick:
			r.clients = []string{"raw", "dugong"}
			r.job.scale(0.25, 1)
		}
		if r.path.RTT == 0 && r.job.Work != "idle" { // these say how many in their names
			r.job.scale(o.scale, o.size)
		}
		some = append(some, r)
	}
	return some
}

// scale makes a job smaller or larger: so many times the requests, or of one
// large body the octets.
func (j *job) scale(count, size float64) {
	if j.Count > 1 || j.Size == 0 {
		j.Count = max(1, int(float64(j.Count)*count))
		return
	}
	full := strconv.Itoa(j.Size)
	j.Size = max(1, int(float64(j.Size)*size))
	j.Target = strings.Replace(j.Target, full, strconv.Itoa(j.Size), 1)
}

// runRow lets the clients take turns, so that whatever else the machine does
// hits all of them.
func runRow(r row, o options) (res result, err error) {
	res = result{r, map[string][]cost{}}
	p, err := o.place(&r)
	if err != nil {
		return res, err
	}
	defer p.close()
	rounds := o.rounds * max(1, r.times)
	if r.rounds > 0 {
		rounds = min(rounds, r.rounds)
	}
	for range rounds {
		for _, client := range r.clients {
			c, err := p.run(r, client)
			if err != nil {
				return res, fmt.Errorf("%s: %w", client, err)
			}
			res.costs[client] = append(res.costs[client], c)
		}
	}
	return res, nil
}

func (p *place) run(r row, client string) (cost, error) {
	j := r.job
	j.Client, j.Addr = client, p.addr(j.TLS, client)
	if k := r.fewer[client]; k > 0 {
		j.Count = max(1, j.Count/k)
	}
	if j.Work == "head" {
		return runClient(j, p.core) // nobody is asked
	}
	if j.Traced {
		return p.server.traced(j, p.core)
	}
	return p.server.counted(j, p.core)
}

// counted does a job and checks that the origin was asked as often as the
// client says. (A transport that repeats requests may ask a little more.)
func (s *server) counted(j job, core int, by ...string) (c cost, err error) {
	before, err := s.served()
	if err != nil {
		return c, err
	}
	if c, err = runClient(j, core, by...); err != nil {
		return c, err
	}
	after, err := s.served()
	if n := after - before; err == nil && (n < j.Count || n > j.Count+j.Count/100) {
		err = fmt.Errorf("the origin counted %d requests, not %d", n, j.Count)
	}
	return c, err
}
