// Command mutants completes a mutation run of gremlins.
//
// gremlins takes a mutant for "not covered", and does not run it, when its
// operator lies in no block of the coverage profile. The condition of a switch
// case never does, covered or not. And on a busy machine it takes slow tests for
// endless ones. And it takes mutants that do not compile, such as a difference of
// strings, for killed, since go test ends with the same code for both. This
// program reads the report of gremlins on standard input, runs the tests on each
// mutant that was not run or that timed out, compiles those that were killed by
// arithmetic, and prints what all mutants together came to. A mutant that times
// out here too counts as survived; one that does not compile does not count.
//
//	gremlins unleash ./internal/h1 | go run ./internal/tools/mutants ./internal/h1
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// limit is for one run of the tests, which take some seconds.
const limit = time.Minute

// line is one mutant in a report of gremlins.
var line = regexp.MustCompile(`^\s*(KILLED|LIVED|NOT COVERED|NOT VIABLE|TIMED OUT) (\w+) at (\S+):(\d+):(\d+)`)

type mutant struct {
	status, operator, file string
	line, column           int
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: mutants PACKAGE_DIRECTORY < report of gremlins")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(dir string, report io.Reader, out io.Writer) error {
	count := map[string]int{}
	lines := bufio.NewScanner(report)
	for lines.Scan() {
		m, ok := parse(lines.Text())
		if !ok {
			continue
		}
		var err error
		switch {
		case m.status == "NOT COVERED" || m.status == "TIMED OUT":
			m.status, err = try(dir, m, test)
		case m.status == "KILLED" && m.operator == "ARITHMETIC_BASE":
			m.status, err = try(dir, m, compile)
		}
		if err != nil {
			return err
		}
		count[m.status]++
		if m.status != "KILLED" {
			fmt.Fprintf(out, "%s %s at %s:%d:%d\n", m.status, m.operator, m.file, m.line, m.column)
		}
	}
	all := count["KILLED"] + count["LIVED"] + count["TIMED OUT"]
	if all == 0 {
		return fmt.Errorf("no mutants in the report")
	}
	fmt.Fprintf(out, "%d mutants: %d killed, %d lived, %d timed out; %d do not compile and do not count; killed %.1f%%\n",
		all, count["KILLED"], count["LIVED"], count["TIMED OUT"], count["NOT VIABLE"], 100*float64(count["KILLED"])/float64(all))
	return lines.Err()
}

func parse(text string) (m mutant, ok bool) {
	f := line.FindStringSubmatch(text)
	if f == nil {
		return m, false
	}
	m = mutant{status: f[1], operator: f[2], file: f[3]}
	m.line, _ = strconv.Atoi(f[4])
	m.column, _ = strconv.Atoi(f[5])
	return m, true
}

// swaps are the default operators of gremlins: the longer token first.
var swaps = map[string][][2]string{
	"CONDITIONALS_BOUNDARY": {{"<=", "<"}, {">=", ">"}, {"<", "<="}, {">", ">="}},
	"CONDITIONALS_NEGATION": {{"==", "!="}, {"!=", "=="}, {"<=", ">"}, {">=", "<"}, {"<", ">="}, {">", "<="}},
	"ARITHMETIC_BASE":       {{"+", "-"}, {"-", "+"}, {"*", "/"}, {"/", "*"}, {"%", "*"}},
	"INCREMENT_DECREMENT":   {{"++", "--"}, {"--", "++"}},
	"INVERT_NEGATIVES":      {{"-", "+"}},
}

// mutate changes the one operator.
func mutate(source []byte, m mutant) ([]byte, error) {
	at := 0
	for range m.line - 1 {
		at += bytes.IndexByte(source[at:], '\n') + 1
	}
	at += m.column - 1
	for _, s := range swaps[m.operator] {
		if bytes.HasPrefix(source[at:], []byte(s[0])) {
			return append(append(bytes.Clone(source[:at]), s[1]...), source[at+len(s[0]):]...), nil
		}
	}
	return nil, fmt.Errorf("%s:%d:%d: no operator for %s: the report is of another version", m.file, m.line, m.column, m.operator)
}

// try does something with the package with the one mutant in it.
func try(dir string, m mutant, what func(dir, overlay string) string) (status string, err error) {
	name, err := filepath.Abs(filepath.Join(dir, filepath.Base(m.file)))
	if err != nil {
		return "", err
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return "", err
	}
	if source, err = mutate(source, m); err != nil {
		return "", err
	}
	tmp, err := os.MkdirTemp("", "mutant")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	changed, overlay := filepath.Join(tmp, "mutant.go"), filepath.Join(tmp, "overlay.json")
	text, err := json.Marshal(map[string]map[string]string{"Replace": {name: changed}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(changed, source, 0o600); err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		return "", err
	}
	return what("./"+filepath.ToSlash(filepath.Clean(dir)), overlay), nil
}

// test runs the tests. It is the test binary that ends itself: killing the go
// command would leave an endless one behind.
func test(pkg, overlay string) string {
	out, err := exec.Command("go", "test", "-short", "-failfast", "-vet=off", "-timeout", limit.String(), "-overlay", overlay, pkg).CombinedOutput()
	switch {
	case err == nil:
		return "LIVED"
	case bytes.Contains(out, []byte("[build failed]")):
		return "NOT VIABLE"
	case bytes.Contains(out, []byte("panic: test timed out")):
		return "TIMED OUT"
	}
	return "KILLED"
}

// compile tells a mutant that was killed from one that was none.
func compile(pkg, overlay string) string {
	if exec.Command("go", "build", "-overlay", overlay, pkg).Run() != nil {
		return "NOT VIABLE"
	}
	return "KILLED"
}
