package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestGuardInDocument: docs/performance.md has the figures that are noted.
func TestGuardInDocument(t *testing.T) {
	page, err := os.ReadFile("../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	tsv, err := os.ReadFile("guard.tsv")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(tsv)) {
		var allocs, calls float64
		var instructions int
		name, rest, ok := strings.Cut(line, "\t")
		if !ok { // the heading
			continue
		}
		if _, err := fmt.Sscan(rest, &allocs, &calls, &instructions); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		count := "depends on waits"
		if instructions >= 0 {
			count = fmt.Sprintf("%d,%03d", instructions/1000, instructions%1000)
		}
		if want := fmt.Sprintf("| %s | %.2f | %.4f | %s |", name, allocs, calls, count); !strings.Contains(string(page), want) {
			t.Errorf("docs/performance.md does not have %q", want)
		}
	}
}
