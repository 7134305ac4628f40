//go:build interop

package interop

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// results is what this run has found.
var results = &matrix{cells: map[[2]string]outcome{}, measured: map[string]*facts{}}

type matrix struct {
	mu       sync.Mutex
	cells    map[[2]string]outcome // by server and row
	measured map[string]*facts
}

// An outcome is that of all drivers and modes of a row; the worst counts.
type outcome int

const (
	lacking outcome = iota // the server does not offer it
	none                   // there is no such thing
	passed
	theirs // it differs, and a replay shows it
	ours   // red
)

var marks = map[outcome]string{lacking: "–", none: "none", passed: "yes", theirs: "theirs", ours: "**OURS**"}

func (x *matrix) note(server, row string, o outcome) {
	x.mu.Lock()
	defer x.mu.Unlock()
	k := [2]string{server, row}
	x.cells[k] = max(x.cells[k], o)
}

func (x *matrix) facts(server string, f *facts) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.measured[server] = f
}

// columns of the first table, each with the rows that it stands for.
var columns = []struct {
	name string
	rows []string
}{
	{"1", []string{"get-1"}}, {"2", []string{"get-2"}}, {"8", []string{"get-8"}}, {"16", []string{"get-16"}}, {"100", []string{"get-100"}}, {"1000", []string{"get-1000"}},
	{"mixed", []string{"mixed", "unknown-method"}},
	{"upload", []string{"upload", "upload-chunked", "upload-expect", "upload-chunked-expect"}},
	{"refused", []string{"refuse", "refuse-chunked", "refuse-expect", "refuse-chunked-expect"}},
	{"ranges", []string{"ranges"}}, {"1xx", []string{"hints"}}, {"trailers", []string{"trailers", "upload-trailers"}}, {"slow", []string{"slow", "slow-reader"}},
	{"limits", []string{"requests", "header", "body", "body-chunked", "body-expect", "idle"}},
	{"reload", []string{"reload"}}, {"restart", []string{"restart"}},
}

// table writes the outcomes, one line a server.
func (x *matrix) table(b *strings.Builder) {
	fmt.Fprint(b, "| server |")
	for _, c := range columns {
		fmt.Fprintf(b, " %s |", c.name)
	}
	fmt.Fprint(b, "\n|---|", strings.Repeat("---|", len(columns)), "\n")
	for _, sw := range slices.Concat(servers, proxies) {
		line, any := "| "+sw.name+" |", false
		for _, c := range columns {
			worst := lacking
			for _, r := range c.rows {
				o, ok := x.cells[[2]string{sw.name, r}]
				any = any || ok
				worst = max(worst, o)
			}
			line += " " + marks[worst] + " |"
		}
		if any {
			fmt.Fprintln(b, line)
		}
	}
}

// measurements writes the facts.
func (x *matrix) measurements(b *strings.Builder) {
	fmt.Fprint(b, "| server | version | requests a connection | set to 20 | 100 (Continue) | refusal of Expect | end after `Connection: close` (plain; TLS) | idle end | header of 40 KB, limit 4 to 8 KB | body of 8 MiB, limit 1 MiB |\n|---|---|---|---|---|---|---|---|---|---|\n")
	for _, sw := range servers {
		if f := x.measured[sw.name]; f != nil {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
				sw.name, f.version, f.limit, f.tight, f.accepts, f.refuses, f.closes, f.idle, f.header, f.tooLarge)
		}
	}
}

// proxied writes the facts of proxies.
func (x *matrix) proxied(b *strings.Builder) {
	fmt.Fprint(b, "\n| proxy | version | idle end | idle end of a tunnel | header of 40 KB, limit 8 KB (tinyproxy: 200 KB, limit 128 KB) | body of 8 MiB, limit 1 MiB |\n|---|---|---|---|---|---|\n")
	for _, sw := range proxies {
		if f := x.measured[sw.name]; f != nil {
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", sw.name, f.version, f.idle, f.tunnel, f.header, f.tooLarge)
		}
	}
}

// differences lists deviations and what is not offered.
func (x *matrix) differences(b *strings.Builder) {
	for _, sw := range slices.Concat(servers, proxies) {
		for _, d := range sw.differs {
			where := ""
			if len(d.modes) > 0 {
				where = " (" + strings.Join(d.modes, ", ") + ")"
			}
			fmt.Fprintf(b, "- **%s**%s %s. %s\n", sw.name, where, d.what, d.remedy)
		}
	}
	b.WriteString("\nNot offered, and so not run (–):\n\n")
	for _, sw := range slices.Concat(servers, proxies) {
		why := map[string][]string{}
		for row, reason := range sw.lacks {
			why[reason] = append(why[reason], strings.TrimPrefix(row, "clear."))
		}
		var parts []string
		for reason, rows := range why {
			slices.Sort(rows)
			parts = append(parts, strings.Join(rows, ", ")+": "+reason)
		}
		slices.Sort(parts)
		if len(parts) > 0 {
			fmt.Fprintf(b, "- **%s**: %s.\n", sw.name, strings.Join(parts, "; "))
		}
	}
}

// begin and end mark what a run writes in docs/servers.md.
const (
	begin = "<!-- begin: written by make interop -->\n"
	end   = "<!-- end -->\n"
)

// String gives all tables.
func (x *matrix) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	var b strings.Builder
	b.WriteString("\n## The table of rows\n\n")
	x.table(&b)
	b.WriteString("\n## What was measured\n\n")
	x.measurements(&b)
	x.proxied(&b)
	b.WriteString("\n## Theirs\n\n")
	x.differences(&b)
	return b.String() + "\n"
}

// save replaces what an earlier run has written into the document.
func (x *matrix) save(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks", path)
	}
	return os.WriteFile(path, []byte(before+begin+x.String()+end+after), 0o644)
}
