package main

import (
	"flag"
	"fmt"
	"math"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "note the figures of this run in guard.tsv")

// TestMain: origin and clients are this program again.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "origin" || os.Args[1] == "client") {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestGuard fails if a request costs more than is noted in guard.tsv.
// "go test -run 'Guard$' -update" notes what it costs now: for a change that
// makes it cheaper, or dearer for a reason.
func TestGuard(t *testing.T) {
	g := newGuard(t)
	noted := map[string]figures{}
	if !*update {
		noted = g.noted(t)
	}
	var lines strings.Builder
	for _, row := range guardedRows() {
		was, ok := noted[row.name]
		if *update {
			was = figures{math.Inf(1), math.Inf(1), math.Inf(1)}
		}
		f := g.best(t, row, was)
		fmt.Fprintf(&lines, "%s\t%.3f\t%.4f\t%.0f\n", row.name, max(0, f.allocs), f.calls, f.instructions)
		t.Logf("%-32s %7.3f allocations %8.4f reads and writes %8.0f instructions", row.name, f.allocs, f.calls, f.instructions)
		if !ok && !*update {
			t.Errorf("%s: nothing is noted: run with -update", row.name)
			continue
		}
		for _, complaint := range f.worse(was) {
			t.Errorf("%s: %s", row.name, complaint)
		}
	}
	if *update {
		if err := os.WriteFile("guard.tsv", []byte(g.heading()+lines.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// The guard must notice a client that does the same work worse, in each of its
// figures.
func TestGuardCanFail(t *testing.T) {
	g := newGuard(t)
	rows := guardedRows()
	good := g.best(t, rows[3], figures{math.Inf(1), math.Inf(1), math.Inf(1)}) // ReadResponseInto, 64 at a time
	worse := rows[4]                                                           // ReadResponse allocates
	worse.job.Depth = 8                                                        // and eight at a time need more system calls
	said := strings.Join(g.best(t, worse, good).worse(good), "\n")
	for _, want := range []string{"allocations", "reads and writes", "instructions"} {
		if want == "reads and writes" && good.calls < 0 || want == "instructions" && g.by == nil {
			continue
		}
		if !strings.Contains(said, want) {
			t.Errorf("%s are not complained about: %q", want, said)
		}
	}
	if said := good.worse(good); said != nil {
		t.Errorf("the same is worse than itself: %q", said)
	}
}

type guard struct {
	*server
	core int
	by   []string
}

func newGuard(t *testing.T) *guard {
	if raceEnabled {
		t.Skip("under the race detector everything costs more; .ci/run runs this without it too")
	}
	g := &guard{core: firstCore()}
	var err error
	if g.by, err = instructionCounter(); err != nil {
		if strings.Contains(os.Getenv("DUGONG_REQUIRE"), "valgrind") {
			t.Fatal(err)
		}
		t.Logf("instructions are not counted: %v", err)
		g.by = nil
	}
	if g.server, err = startOrigin(g.core); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.stop)
	return g
}

// best measures up to three times as long as something is worse than noted: what
// the machine does meanwhile can only add.
func (g *guard) best(t *testing.T, row guarded, noted figures) (f figures) {
	t.Helper()
	for range 3 {
		var err error
		if f, err = g.figures(row, g.core, g.by); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		if f.worse(noted) == nil {
			break
		}
	}
	return f
}

// heading says for what the figures hold. Instructions depend on the compiler
// and the processor's kind.
func (g *guard) heading() string {
	v, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go1."), ".")
	return fmt.Sprintf("# go1.%s %s/%s: row, allocations, reads and writes, instructions, each a request\n", v, runtime.GOOS, runtime.GOARCH)
}

func (g *guard) noted(t *testing.T) map[string]figures {
	text, err := os.ReadFile("guard.tsv")
	if err != nil {
		t.Fatal(err)
	}
	heading, rows, _ := strings.Cut(string(text), "\n")
	if heading+"\n" != g.heading() && g.by != nil {
		t.Logf("instructions are not compared: noted for %q, this is %q", heading, g.heading())
		g.by = nil
	}
	all := map[string]figures{}
	for line := range strings.Lines(rows) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			t.Fatalf("guard.tsv: %q", line)
		}
		var n [4]float64
		for i := range 3 {
			if n[i], err = strconv.ParseFloat(f[i+1], 64); err != nil {
				t.Fatal(err)
			}
		}
		all[f[0]] = figures{n[0], n[1], n[2]}
	}
	return all
}
