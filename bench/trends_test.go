package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// Each trend names a table, and clients of all of its rows.
func TestTrendsNameTables(t *testing.T) {
	judged := map[string]bool{}
	for _, tr := range trends {
		judged[tr.table] = true
		n := 0
		for _, r := range tables() {
			if r.table != tr.table {
				continue
			}
			n++
			for _, client := range []string{tr.client, tr.against} {
				if !slices.Contains(r.clients, client) {
					t.Errorf("%s, %s: no client %q", r.table, r.name, client)
				}
			}
		}
		if n < 2 {
			t.Errorf("%s: %d rows", tr.table, n)
		}
	}
	for _, r := range tables() {
		if strings.HasPrefix(r.table, "growth-") && !judged[r.table] {
			t.Errorf("%s has no trend", r.table)
			judged[r.table] = true
		}
	}
}

// What counts is how far the cost rises from its least, beside how far the
// limit rises from its own; and memory, beside the first row.
func TestTrendsAreJudged(t *testing.T) {
	for _, c := range []struct {
		about     string
		raw, ours []time.Duration
		peaks     []int64
		want      []string
	}{
		{"falls and stays", []time.Duration{10, 5, 5}, []time.Duration{40, 20, 20}, []int64{100, 100, 110},
			[]string{"more than raw", "1.000  met", "1.100  met", "2 met, 0 missed"}},
		{"rises as raw does", []time.Duration{10, 5, 8}, []time.Duration{40, 20, 34}, []int64{100, 100, 100},
			[]string{"1.062  met"}},
		{"rises more", []time.Duration{10, 10, 11}, []time.Duration{40, 20, 55}, []int64{100, 150, 100},
			[]string{"2.500  missed by 100 %", "1.500  missed by 20 %", "0 met, 2 missed"}},
		{"a cliff in the middle", []time.Duration{10, 10, 10}, []time.Duration{20, 40, 20}, []int64{100, 100, 100},
			[]string{"2.000  missed by 60 %"}},
		{"a cliff that raw has later", []time.Duration{10, 10, 20}, []time.Duration{20, 40, 40}, []int64{100, 100, 100},
			[]string{"2.000  missed by 60 %"}},
	} {
		var all []result
		for i := range c.raw {
			all = append(all, result{row{table: "growth-depth", name: "d", x: float64(i + 1)}, map[string][]cost{
				"raw":    {{Count: 1, CPU: c.raw[i], Peak: 100}},
				"dugong": {{Count: 1, CPU: c.ours[i], Peak: c.peaks[i]}},
			}})
		}
		var b strings.Builder
		printTargets(&b, all)
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: %q is missing in\n%s", c.about, want, b.String())
			}
		}
	}
}

// A round in which the machine was busy hits both: what counts is the ratio of
// the same round.
func TestTrendsPairRounds(t *testing.T) {
	costs := func(cpu ...time.Duration) (all []cost) {
		for _, d := range cpu {
			all = append(all, cost{Count: 1, CPU: d, Peak: 100})
		}
		return all
	}
	rowOf := func(x float64, raw, ours []cost) result {
		return result{row{table: "growth-depth", name: "d", x: x}, map[string][]cost{"raw": raw, "dugong": ours}}
	}
	all := []result{rowOf(1, costs(10, 10, 10), costs(20, 20, 20)), rowOf(2, costs(10, 10, 30), costs(20, 60, 60))}
	if got := trends[0].worst(all); got != 1 {
		t.Errorf("beside a disturbance of both: %v, want 1", got)
	}
	all = append(all, rowOf(3, costs(10, 10, 30), costs(60, 30, 60)))
	if got := trends[0].worst(all); got != 1.5 {
		t.Errorf("a rise in most rounds: %v, want 1.5", got)
	}
}

// Octets and fields are counted one by one.
func TestTrendsPerUnit(t *testing.T) {
	all := []result{}
	for _, n := range []int{1, 10} {
		d := time.Duration(100 * n)
		all = append(all, result{row{table: "growth-fields", x: float64(n)}, map[string][]cost{"raw": {{Count: 1, CPU: 100}}, "dugong": {{Count: 1, CPU: d, Peak: 1}}}})
	}
	if said := judgeTrends(all); said[0].measured != 1 || !said[0].ok {
		t.Errorf("%+v", said[0])
	}
}
