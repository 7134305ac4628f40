package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// nameWidth is that of the longest name.
const nameWidth = 29

// printTable prints the comparison. The last contender is the floor, the one
// before it dugong.
func printTable(out io.Writer, docs int, all []*contender) {
	floor := all[len(all)-1]
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "%-*s\tconnections\tdocuments\tseconds\tdocuments/s\ttime per document, floor = 1\t\n", nameWidth, "client")
	for _, c := range all {
		n := fmt.Sprint(c.docs)
		if c.docs < docs {
			n += fmt.Sprintf(" (of %d)", docs)
		}
		fmt.Fprintf(w, "%-*s\t%d\t%s\t%.3f\t%.0f\t%.2f\t\n", nameWidth, c.name, c.connections, n, c.took.Seconds(), 1/c.each(), c.each()/floor.each())
	}
	w.Flush()
	fmt.Fprintln(out, "\nEach run connects anew, and that counts; but TCP's slow start is not modelled: once connected, all are as fast as")
	fmt.Fprintln(out, "warm connections. New ones over a real long way are slower at first, one pipeline more so than many connections.")
	fmt.Fprintf(out, "All checksums are right. The last three clients had a run to warm up, then took turns; the best of %d counts.\n", repeats)
	ratio := all[len(all)-2].each() / floor.each()
	if ratio < 0.995 { // as it is printed
		fmt.Fprintln(out, "The floor does less than dugong and was slower: the machine is busy, and the ratio is noise.")
	}
	fmt.Fprintf(out, "dugong/floor ratio: %.2f\n", ratio)
}
