package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
)

func (r row) shown() []column {
	if r.columns != nil {
		return r.columns
	}
	return usualColumns
}

func printHeading(w io.Writer, r row) {
	fmt.Fprintf(w, "\n%-33s %-20s", r.table, "client")
	for _, c := range r.shown() {
		fmt.Fprintf(w, " %*s", c.width(), c.name)
	}
	fmt.Fprintln(w)
}

func (c column) width() int {
	if c.name == "throughput" || c.name == "CPU ratio" {
		return 18
	}
	return max(9, len(c.name))
}

// printRow prints medians; ratios are to the first client of the same round.
func printRow(w io.Writer, res result) {
	for i, client := range res.row.clients {
		name := res.row.name
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(w, "%-33s %-20s", name, client)
		s := res.samples(client, res.row.clients[0])
		for _, c := range res.row.shown() {
			fmt.Fprintf(w, " %*s", c.width(), c.make(s))
		}
		fmt.Fprintln(w)
	}
}

// samples are the figures of one client, one for each round: nanoseconds,
// counts and KiB a request (or connection), and ratios to another client.
type samples struct {
	wall, speed, cpu, ratio, allocs, calls, peak, idle, goroutines []float64
	names                                                          []map[string]float64
}

func (res result) samples(client, base string) (s samples) {
	for i, c := range res.costs[client] {
		b, n := res.costs[base][i], float64(c.Count)
		more := float64(b.Count) / n
		s.wall = append(s.wall, float64(c.Wall)/n)
		s.cpu = append(s.cpu, float64(c.CPU)/n)
		s.speed = append(s.speed, float64(b.Wall)/float64(c.Wall)/more)
		s.ratio = append(s.ratio, float64(c.CPU)/float64(b.CPU)*more)
		s.allocs = append(s.allocs, float64(c.Allocs)/n)
		s.calls = append(s.calls, float64(c.Calls)/n)
		s.peak = append(s.peak, float64(c.Peak)/(1<<20))
		s.idle = append(s.idle, float64(c.Idle)/n/1024)
		s.goroutines = append(s.goroutines, float64(c.Goroutines)/n)
		names := map[string]float64{}
		for name, k := range c.Names {
			names[name] = float64(k) / n
		}
		s.names = append(s.names, names)
	}
	return s
}

// named adds the system calls of these names; without names all but nanosleep.
func (s samples) named(wanted ...string) (sums []float64) {
	for _, round := range s.names {
		sum := 0.0
		for name, n := range round {
			if slices.Contains(wanted, name) || len(wanted) == 0 && name != "nanosleep" {
				sum += n
			}
		}
		sums = append(sums, sum)
	}
	return sums
}

// span writes nanoseconds in three digits.
func span(ns float64) string {
	d, unit := ns, "ns"
	for _, u := range []string{"us", "ms", "s"} {
		if d < 1000 {
			break
		}
		d, unit = d/1000, u
	}
	return strconv.FormatFloat(d, 'f', max(0, 3-len(strconv.Itoa(int(d)))), 64) + " " + unit
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}
