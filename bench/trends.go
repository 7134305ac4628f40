package main

import (
	"cmp"
	"fmt"
	"math"
)

// A trend is a target for a whole table in which one thing grows: what a
// request costs shall fall or stay, and memory stay. Since the limit itself
// may rise (two thousand sockets do not fit into the processor's cache, whoever
// reads them), what rises is compared with how raw, or a rival, has risen.
type trend struct {
	table, client, against string
	per                    string // what grows, if the cost of one of these counts; empty: that of a request
	grows                  bool   // memory too, with a target of its own
}

var trends = []trend{
	{table: "growth-depth", client: "dugong", against: "raw"},
	{table: "growth-connections", client: "dugong, own conns", against: "raw, own conns", grows: true},
	{table: "growth-body", client: "dugong", against: "raw", per: "octet"},
	{table: "growth-requests", client: "dugong", against: "raw"},
	{table: "growth-fields", client: "dugong", against: "raw", per: "field"},
	{table: "growth-slow", client: "dugong", against: "net/http"},
}

// mostRise is what may be the machine: raw beside itself reads up to 1.08, and
// the worst of all rows counts.
const mostRise = 1.25

func judgeTrends(all []result) (said []verdict) {
	for _, t := range trends {
		rows := t.rows(all)
		if len(rows) < 2 {
			continue
		}
		said = append(said, t.verdict("CPU per "+cmp.Or(t.per, "request")+" rises, more than "+t.against, t.worst(rows)))
		if !t.grows {
			peak := func(i int) float64 { return median(rows[i].samples(t.client, t.client).peak) }
			said = append(said, t.verdict("memory rises", mostBesideFirst(len(rows), peak)))
		}
	}
	return said
}

func (t trend) rows(all []result) (some []result) {
	for _, r := range all {
		if r.row.table == t.table {
			some = append(some, r)
		}
	}
	return some
}

func (t trend) verdict(name string, x float64) verdict {
	return verdict{
		row: t.table, name: t.client + ": " + name, bound: fmt.Sprintf("<= %.3g", mostRise), measured: x,
		ok: x <= mostRise, by: fmt.Sprintf("%.0f %%", 100*(x/mostRise-1)),
	}
}

// worst is the greatest rise up to any row, divided by how much the other client
// has risen up to there.
func (t trend) worst(rows []result) (worst float64) {
	for n := range rows {
		worst = max(worst, t.rise(rows[:n+1], t.client)/t.rise(rows[:n+1], t.against))
	}
	return worst
}

// rise is the cost in the last row beside the least up to there: 1 at least.
func (t trend) rise(rows []result, client string) float64 {
	least, last := math.Inf(1), 0.0
	for _, r := range rows {
		last = t.cost(r, client)
		if t.per != "" {
			last /= r.row.x
		}
		least = min(least, last)
	}
	return last / least
}

// cost is that of a request: of the other client the median of all rounds, of
// this one its ratio to that one in the same round. What disturbs a round hits
// both, as everywhere in these tables.
func (t trend) cost(r result, client string) float64 {
	return median(r.samples(t.against, t.against).cpu) * median(r.samples(client, t.against).ratio)
}

func mostBesideFirst(n int, of func(int) float64) (most float64) {
	for i := range n {
		most = max(most, of(i)/of(0))
	}
	return most
}
