package main

import (
	"fmt"
	"slices"
)

// A column is one figure of a client in a table.
type column struct {
	name string
	make func(samples) string
}

func num(name, format string, of func(samples) []float64) column {
	return column{name, func(s samples) string { return fmt.Sprintf(format, median(of(s))) }}
}

func dur(name string, of func(samples) []float64) column {
	return column{name, func(s samples) string { return span(median(of(s))) }}
}

// spread gives the least and the greatest too.
func spread(name string, of func(samples) []float64) column {
	return column{name, func(s samples) string {
		x := of(s)
		return fmt.Sprintf("%.2f (%.2f-%.2f)", median(x), slices.Min(x), slices.Max(x))
	}}
}

// usualColumns are those of all tables that do not say otherwise.
var usualColumns = []column{
	dur("a request", func(s samples) []float64 { return s.wall }),
	spread("throughput", func(s samples) []float64 { return s.speed }),
	dur("CPU", func(s samples) []float64 { return s.cpu }),
	spread("CPU ratio", func(s samples) []float64 { return s.ratio }),
	num("allocs", "%.2f", func(s samples) []float64 { return s.allocs }),
	num("rw calls", "%.3f", func(s samples) []float64 { return s.calls }),
	num("peak MiB", "%.1f", func(s samples) []float64 { return s.peak }),
}

var idleColumns = []column{
	num("KiB a connection", "%.2f", func(s samples) []float64 { return s.idle }),
	num("goroutines a connection", "%.2f", func(s samples) []float64 { return s.goroutines }),
	num("peak MiB", "%.1f", func(s samples) []float64 { return s.peak }),
}

// callColumns leave out nanosleep: the runtime's own thread calls it all the
// time, whatever the client does.
var callColumns = []column{
	num("all calls", "%.4f", func(s samples) []float64 { return s.named() }),
	num("read", "%.4f", func(s samples) []float64 { return s.named("read", "readv", "recvfrom", "recvmsg") }),
	num("write", "%.4f", func(s samples) []float64 { return s.named("write", "writev", "sendto", "sendmsg") }),
	num("epoll", "%.4f", func(s samples) []float64 { return s.named("epoll_pwait", "epoll_ctl") }),
	num("futex", "%.4f", func(s samples) []float64 { return s.named("futex") }),
	num("other", "%.4f", func(s samples) []float64 { return s.named("other") }),
}
