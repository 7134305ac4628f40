package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Each target names a row, and clients that this row has: otherwise it would be
// passed over in silence.
func TestTargetsNameRows(t *testing.T) {
	all := tables()
	for _, g := range targets {
		i := slices.IndexFunc(all, func(r row) bool { return r.table == g.table && g.isRow(r.name) })
		if i < 0 {
			t.Errorf("no row %q in table %q", g.row, g.table)
			continue
		}
		for _, client := range []string{g.client, g.against} {
			if client != "" && !slices.Contains(all[i].clients, client) {
				t.Errorf("%s, %s: no client %q", g.table, g.row, client)
			}
		}
		if g.what == throughput && g.against != all[i].clients[0] {
			t.Errorf("%s, %s: throughput is a ratio to %s", g.table, g.row, all[i].clients[0])
		}
	}
}

// Every client of every row exists.
func TestRowsNameClients(t *testing.T) {
	for _, r := range tables() {
		for _, client := range r.clients {
			if clients[client] == nil && (r.job.Work != "idle" || idlers[client] == nil) {
				t.Errorf("%s, %s: no client %q", r.table, r.name, client)
			}
		}
	}
}

// A target that is missed must be said to be missed, by how much, from medians
// of ratios.
func TestTargetsAreJudged(t *testing.T) {
	r := row{table: "small", name: "GET 200 B, depth 8", clients: []string{"raw", "dugong"}}
	judge := func(ours time.Duration) string {
		res := result{r, map[string][]cost{}}
		for _, raw := range []time.Duration{100, 200, 300} { // the machine gets slower
			res.costs["raw"] = append(res.costs["raw"], cost{Count: 1, CPU: raw, Wall: raw})
			res.costs["dugong"] = append(res.costs["dugong"], cost{Count: 1, CPU: raw * ours / 100, Wall: raw * ours / 100})
		}
		var b strings.Builder
		printTargets(&b, []result{res})
		return b.String()
	}
	for ours, want := range map[time.Duration][]string{
		110: {"<= 1.4     1.100  met", ">= 0.85     0.909  met", "2 met, 0 missed"},
		210: {"<= 1.4     2.100  missed by 50 %", ">= 0.85     0.476  missed by 44 %", "0 met, 2 missed"},
	} {
		said := judge(ours)
		for _, w := range want {
			if !strings.Contains(said, w) {
				t.Errorf("%d: %q is missing in\n%s", ours, w, said)
			}
		}
	}
}

// Amounts are judged as well, and zero allows for what connecting allocates.
func TestTargetsOfAmounts(t *testing.T) {
	r := row{table: "hands", name: "GET 200 B, 64 at a time", clients: []string{"raw", "ReadResponseInto", "ReadResponse"}}
	res := result{r, map[string][]cost{
		"raw": {{Count: 10_000}}, "ReadResponseInto": {{Count: 10_000, Allocs: 40}}, "ReadResponse": {{Count: 10_000, Allocs: 30_000}},
	}}
	var b strings.Builder
	printTargets(&b, []result{res})
	for _, want := range []string{"<= 0     0.004  met", "<= 2     3.000  missed by 50 %", "1 met, 1 missed"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is missing in\n%s", want, b.String())
		}
	}
}
