package wiretest

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines and descriptors may take to go away after
// the tests: closing is not waiting for what notices the close.
const patience = 5 * time.Second

// Main is for TestMain. It runs the tests, and if they pass looks for
// goroutines and descriptors that they left behind; with any it prints them and
// ends the process with status 1. So it does with errors of the checks, which
// are made when all tests have run and passed.
func Main(m *testing.M, checks ...func() error) {
	before := openDescriptors()
	code := m.Run()
	if testing.Verbose() {
		Summary(os.Stdout)
	}
	if code == 0 && !CheckLeaks(os.Stderr, before, patience) {
		code = 1
	}
	for _, check := range checks {
		if !ranAll(code) {
			break
		}
		if err := check(); err != nil {
			fmt.Fprintln(os.Stderr, "wiretest:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// ranAll reports whether no test failed, or was left out.
func ranAll(code int) bool {
	for _, name := range []string{"run", "skip", "list", "bench", "fuzz"} {
		if f := flag.Lookup("test." + name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return code == 0
}

// CheckLeaks waits until no goroutine but the caller's and the system's is
// left, and no descriptor is open that was not open before; if that does not
// come to pass within limit it writes what is left and returns false.
func CheckLeaks(w io.Writer, before Descriptors, limit time.Duration) bool {
	over := time.NewTimer(limit)
	defer over.Stop()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for {
		stacks, fds := leftGoroutines(), openDescriptors().since(before)
		if len(stacks) == 0 && len(fds) == 0 {
			return true
		}
		select {
		case <-tick.C:
		case <-over.C:
			report(w, stacks, fds)
			return false
		}
	}
}

func report(w io.Writer, stacks, fds []string) {
	if len(stacks) > 0 {
		fmt.Fprintf(w, "wiretest: %d goroutines left over:\n\n%s\n\n", len(stacks), strings.Join(stacks, "\n\n"))
	}
	if len(fds) > 0 {
		fmt.Fprintf(w, "wiretest: %d descriptors left open:\n\t%s\n", len(fds), strings.Join(fds, "\n\t"))
	}
}

// systemStack matches a goroutine that the testing package or the runtime keeps.
var systemStack = regexp.MustCompile(`(?m)^(testing\.|os/signal\.|runtime\.ensureSigM|runtime\.ReadTrace|runtime/trace\.|runtime/pprof\.|created by (testing\.|os/signal\.|runtime\.|runtime/))`)

// leftGoroutines are the stacks of all goroutines but the calling one and the
// system's.
func leftGoroutines() []string {
	all := strings.Split(string(allStacks()), "\n\n")
	var left []string
	for _, g := range all[1:] { // the first is the caller's
		if !systemGoroutine(g) {
			left = append(left, strings.TrimSpace(g))
		}
	}
	return left
}

// systemGoroutine looks at the function where the goroutine began and at who
// created it. Where a goroutine is at the moment says nothing: one of ours may
// well wait inside a function of testing's.
func systemGoroutine(stack string) bool {
	var began string
	for line := range strings.Lines(stack) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "created by ") {
			return systemStack.MatchString(began) || systemStack.MatchString(line)
		}
		if line != "" && line[0] != '\t' {
			began = line
		}
	}
	return true // no creator: the main goroutine
}

func allStacks() []byte {
	for buf := make([]byte, 64<<10); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return buf[:n]
		}
	}
}
