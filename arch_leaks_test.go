package dugong_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// leakCheck matches the line of a TestMain that ends in a look for goroutines
// and descriptors that the tests have left.
var leakCheck = regexp.MustCompile(`(?m)^func TestMain\(m \*testing\.M\) \{(.|\n\t)*\b(wiretest\.)?Main\(m[,)]`)

// TestEveryPackageLooksForLeaks: a package with tests has that TestMain.
func TestEveryPackageLooksForLeaks(t *testing.T) {
	const format = "{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{range .TestGoFiles}}	{{.}}{{end}}{{range .XTestGoFiles}}	{{.}}{{end}}{{end}}"
	out, err := exec.Command("go", "list", "-f", format, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(packages) < 15 {
		t.Fatalf("only %d packages were found", len(packages))
	}
	for _, line := range packages {
		names := strings.Split(line, "\t")
		if !anyHas(t, names[0], names[1:]) {
			t.Errorf("%s: no TestMain with wiretest.Main", names[0])
		}
	}
}

func anyHas(t *testing.T, dir string, names []string) bool {
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if leakCheck.Match(text) {
			return true
		}
	}
	return false
}
