package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
)

func printHeading(w io.Writer, r row) {
	fmt.Fprintf(w, "\n%-33s %-20s %10s %11s %11s %16s %8s %9s %9s\n", r.table, "client", "a request", "throughput", "CPU", "CPU, "+short(r.clients[0])+"=1", "allocs", "rw calls", "peak MiB")
}

func short(client string) string { return client[:min(len(client), 8)] }

// printRow prints medians; ratios are to the first client of the same round.
func printRow(w io.Writer, res result) {
	for i, client := range res.row.clients {
		name := res.row.name
		if i > 0 {
			name = ""
		}
		s := res.samples(client, res.row.clients[0])
		fmt.Fprintf(w, "%-33s %-20s %10s %11.3f %11s %16s %8.2f %9.3f %9.1f\n", name, client, span(median(s.wall)), median(s.speed), span(median(s.cpu)),
			fmt.Sprintf("%.2f (%.2f-%.2f)", median(s.ratio), slices.Min(s.ratio), slices.Max(s.ratio)), median(s.allocs), median(s.calls), median(s.peak))
	}
}

// samples are the figures of one client, one for each round: nanoseconds a
// request, and ratios to another client.
type samples struct{ wall, speed, cpu, ratio, allocs, calls, peak []float64 }

func (res result) samples(client, base string) (s samples) {
	for i, c := range res.costs[client] {
		b, n := res.costs[base][i], float64(c.Count)
		more := float64(b.Count) / n
		s.wall = append(s.wall, float64(c.Wall)/n)
		s.cpu = append(s.cpu, float64(c.CPU)/n)
		s.speed = append(s.speed, float64(b.Wall)/float64(c.Wall)/more)
		s.ratio = append(s.ratio, float64(c.CPU)/float64(b.CPU)*more)
		s.allocs = append(s.allocs, float64(c.Allocs)/n)
		s.peak = append(s.peak, float64(c.Peak)/(1<<20))
		s.calls = append(s.calls, float64(c.Calls)/n)
	}
	return s
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
	return strconv.FormatFloat(d, 'f', max(0, 2-len(strconv.Itoa(int(d)))+1), 64) + " " + unit
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}
