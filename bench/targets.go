package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// A target is what one figure of one client shall be. The figure is a ratio to
// another client of the same rounds, or without one an amount.
type target struct {
	table, row string // how both begin
	client     string
	what       figure
	against    string // empty: an amount
	limit      float64
	least      bool // the limit is a least; otherwise a most
}

type figure string

const (
	cpu        figure = "CPU"
	throughput figure = "throughput"
	allocs     figure = "allocations"
	rwCalls    figure = "reads and writes"
	idleKiB    figure = "KiB a connection"
	goroutines figure = "goroutines a connection"
	wall       figure = "time"
	peakMiB    figure = "MiB at most"
)

// targets are all that were set for this library.
var targets = []target{
	{"small", "GET 200 B, depth 1", "dugong", cpu, "raw", 1.15, false},
	{"small", "GET 200 B, depth 8", "dugong", cpu, "raw", 1.4, false},
	{"small", "GET 200 B, depth 64", "dugong", cpu, "raw", 2.2, false},
	{"small", "GET 200 B, depth 256", "dugong", cpu, "raw", 4.5, false},
	{"small", "GET 200 B, depth 1", "dugong", throughput, "raw", 0.95, true},
	{"small", "GET 200 B, depth 8", "dugong", throughput, "raw", 0.85, true},
	{"small", "GET 200 B, depth 64", "dugong", throughput, "raw", 0.60, true},
	{"small", "GET 200 B, depth 256", "dugong", throughput, "raw", 0.35, true},
	{"small-tls", "GET 200 B, depth 64", "dugong", cpu, "raw", 1.5, false},

	{"hands", "GET 200 B, 64 at a time", "ReadResponseInto", allocs, "", 0, false},
	{"hands", "GET 200 B, 64 at a time", "ReadResponse", allocs, "", 2, false},
	{"roundtripper", "1 callers", "dugonghttp", allocs, "", 8, false},
	{"roundtripper", "1 callers", "dugonghttp", cpu, "net/http", 1, false},
	{"roundtripper", "64 callers", "dugonghttp", cpu, "net/http", 0.2, false},
	{"roundtripper", "64 callers", "dugonghttp", cpu, "fasthttp pipeline", 0.6, false},
	{"roundtripper", "256 callers", "dugonghttp", cpu, "net/http", 0.2, false},
	{"roundtripper", "256 callers", "dugonghttp", cpu, "fasthttp pipeline", 0.6, false},

	{"heads", "response head, 5 fields", "dugong's parser", cpu, "net/textproto", 1.0 / 6, false},
	{"heads", "response head, 12 fields", "dugong's parser", cpu, "net/textproto", 1.0 / 6, false},
	{"heads", "response head, 40 fields", "dugong's parser", cpu, "net/textproto", 1.0 / 6, false},
	{"heads", "response head, 5 fields", "dugong's parser", cpu, "fasthttp's parser", 1.0 / 3, false},
	{"heads", "response head, 12 fields", "dugong's parser", cpu, "fasthttp's parser", 1.0 / 3, false},
	{"heads", "response head, 40 fields", "dugong's parser", cpu, "fasthttp's parser", 1.0 / 3, false},
	{"heads", "response head, 40 fields", "dugong's parser", allocs, "", 0, false},

	{"large", "download 1 GiB, counted", "dugong", throughput, "raw", 0.95, true},
	{"large", "download 1 GiB, chunks of 64 KiB", "dugong", throughput, "raw", 0.93, true},
	{"large", "download 1 GiB, chunks of 4 KiB", "dugong", throughput, "raw", 0.90, true},
	{"large", "download 1 GiB, counted", "dugong", cpu, "raw", 1.05, false},
	{"large", "download 1 GiB, chunks of 64 KiB", "dugong", cpu, "raw", 1.15, false},
	{"large", "download 1 GiB, chunks of 4 KiB", "dugong", cpu, "raw", 1.2, false},
	{"large", "upload 1 GiB of memory, counted", "dugong", cpu, "raw", 1.1, false},
	{"large", "upload 1 GiB of file, counted", "dugong", cpu, "raw", 1.1, false},
	{"large", "upload 1 GiB of memory, chunked", "dugong", cpu, "raw", 1.15, false},
	{"large", "upload 1 GiB of file, chunked", "dugong", cpu, "raw", 1.15, false},
	// Stricter than what was set: beside the cheapest write loop that was found.
	{"large", "upload 1 GiB of memory, counted", "dugong", cpu, "raw, 60 KiB", 1.1, false},
	{"large", "upload 1 GiB of file, counted", "dugong", cpu, "raw, 60 KiB", 1.1, false},
	{"large", "upload 1 GiB of memory, chunked", "dugong", cpu, "raw, 60 KiB", 1.15, false},
	{"large", "upload 1 GiB of file, chunked", "dugong", cpu, "raw, 60 KiB", 1.15, false},

	{"far", "1,000 of 10 KB, 20ms", "dugong", wall, "raw", 1.1, false},
	{"far", "1,000 of 10 KB, 20ms, slow start", "dugong", wall, "raw", 1.1, false},
	{"far", "1,000 of 10 KB, 100ms", "dugong", wall, "raw", 1.1, false},
	{"far", "1,000 of 10 KB, 100ms, slow start", "dugong", wall, "raw", 1.1, false},
	{"far", "1,000 of 10 KB, 20ms", "dugong", cpu, "raw", 3, false},
	{"far", "1,000 of 10 KB, 100ms", "dugong", cpu, "raw", 3, false},

	{"idle", "5,000 idle connections", "dugong", idleKiB, "", 3, false},
	{"idle", "5,000 idle connections, TLS 1.3", "dugong", idleKiB, "", 16, false},
	{"idle", "5,000 idle connections", "dugong", goroutines, "", 0, false},
	{"idle", "5,000 idle connections, TLS 1.3", "dugong", goroutines, "", 0, false},

	{"syscalls", "GET 200 B, depth 64", "dugong", rwCalls, "", 0.07, false},

	{"growth-connections", "2000 connections", "dugong, own conns", cpu, "net/http, own conns", 1, false},
	{"growth-connections", "2000 connections", "dugong, own conns", peakMiB, "net/http, own conns", 1, false},
}

// of gives the figure of each round.
func (t target) of(res result) (rounds []float64) {
	base := t.against
	if base == "" {
		base = t.client
	}
	s, b := res.samples(t.client, base), res.samples(base, base).figure(t.what)
	for i, x := range s.figure(t.what) {
		if t.against != "" && t.what != throughput { // throughput is a ratio already
			x /= b[i]
		}
		rounds = append(rounds, x)
	}
	return rounds
}

func (s samples) figure(what figure) []float64 {
	switch what {
	case cpu:
		return s.cpu
	case throughput:
		return s.speed
	case allocs:
		return s.allocs
	case rwCalls:
		return s.named("read", "write", "readv", "writev", "recvfrom", "sendto", "recvmsg", "sendmsg")
	case idleKiB:
		return s.idle
	case goroutines:
		return s.goroutines
	case peakMiB:
		return s.peak
	}
	return s.wall
}

// within is what may be wrong with a figure of zero: connecting allocates too,
// and is shared out among all requests.
const within = 0.005

// A verdict is a line about one target.
type verdict struct {
	row, name, bound string
	measured         float64
	ok               bool
	by               string // how far it was missed
}

// judge gives a verdict on each target whose row was run.
func judge(all []result) (said []verdict) {
	for _, t := range targets {
		i := slices.IndexFunc(all, func(r result) bool { return r.row.table == t.table && t.isRow(r.row.name) })
		if i < 0 || all[i].costs[t.client] == nil || t.against != "" && all[i].costs[t.against] == nil {
			continue
		}
		x := median(t.of(all[i]))
		ok, by := t.met(x)
		said = append(said, verdict{t.place(), t.name(), t.bound(), x, ok, by})
	}
	return said
}

func printTargets(w io.Writer, all []result) {
	said := append(judge(all), judgeTrends(all)...)
	if len(said) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%-34s %-44s %9s %9s\n", "targets", "", "limit", "measured")
	met := 0
	for _, v := range said {
		text := "missed by " + v.by
		if v.ok {
			met++
			text = "met"
		}
		fmt.Fprintf(w, "%-34s %-44s %9s %9.3f  %s\n", v.row, v.name, v.bound, v.measured, text)
	}
	fmt.Fprintf(w, "%d met, %d missed\n", met, len(said)-met)
}

// isRow: "64 callers" is for all that begins so, a whole name for that only.
func (t target) isRow(name string) bool {
	return name == t.row || strings.HasSuffix(t.row, "callers") && strings.HasPrefix(name, t.row)
}

// place names the row, and the table too where several have one of that name.
func (t target) place() string {
	if strings.HasPrefix(t.row, "GET") && t.table != "small" {
		return t.table + ", " + t.row
	}
	return t.row
}

func (t target) name() string {
	if t.against == "" {
		return t.client + ": " + string(t.what)
	}
	return fmt.Sprintf("%s: %s, %s = 1", t.client, t.what, t.against)
}

func (t target) bound() string {
	if t.least {
		return fmt.Sprintf(">= %.3g", t.limit)
	}
	return fmt.Sprintf("<= %.3g", t.limit)
}

func (t target) met(x float64) (ok bool, by string) {
	switch {
	case t.least && x >= t.limit, !t.least && x <= t.limit+within:
		return true, ""
	case t.limit == 0:
		return false, fmt.Sprintf("%.3f", x)
	}
	return false, fmt.Sprintf("%.0f %%", 100*math.Abs(x/t.limit-1))
}
