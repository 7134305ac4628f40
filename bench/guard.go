package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// The guard against getting slower looks at what does not depend on the clock
// or on other work: allocations, reads and writes, and instructions, each a
// request. Instructions are counted by valgrind, without the kernel's.

// figures are what a request costs; negative: not known.
type figures struct{ allocs, calls, instructions float64 }

// A guarded row is measured with n and 2n requests: the difference is without
// beginning, connecting and the end.
type guarded struct {
	name string
	job  job
	n    int
	// waits: an answer at a time, so that it depends on the machine how often the
	// client parks, and with that how many instructions Go's scheduler takes.
	waits bool
}

func guardedRows() []guarded {
	const size = 256 << 10
	return []guarded{
		{"Pipeline, depth 1", job{Client: "dugong", Work: "get", Target: "/v", Depth: 1}, 500, true},
		{"Pipeline, depth 64", job{Client: "dugong", Work: "get", Target: "/v", Depth: 64}, 3200, false},
		{"Pipeline, depth 64, TLS", job{Client: "dugong", Work: "get", Target: "/v", Depth: 64, TLS: true}, 3200, false},
		{"ReadResponseInto, 64 at a time", job{Client: "ReadResponseInto", Work: "get", Target: "/v", Depth: 64}, 3200, false},
		{"ReadResponse, 64 at a time", job{Client: "ReadResponse", Work: "get", Target: "/v", Depth: 64}, 3200, false},
		{"RoundTrip, 1 caller", job{Client: "dugonghttp", Work: "get", Target: "/v", Depth: 1}, 500, true},
		{"256 KiB in chunks of 4 KiB", job{Client: "dugong", Work: "download", Target: fmt.Sprintf("/c/%d/4096", size), Size: size, Chunk: 4096, Depth: 1}, 120, true},
		{"head of 12 fields", job{Client: "dugong's parser", Work: "head", Size: 12}, 3000, false},
	}
}

// figures gives the figures of a row; by is what counts instructions, nil:
// nobody.
func (s *server) figures(g guarded, core int, by []string) (f figures, err error) {
	g.job.Addr = s.plain
	if g.job.TLS {
		g.job.Addr = s.secure
	}
	var c [2]cost
	var instructions [2]float64
	for i := range c {
		g.job.Count = g.n * (i + 1)
		if c[i], err = runClient(g.job, core); err != nil {
			return f, err
		}
		if g.waits {
			continue
		}
		if instructions[i], err = countInstructions(g.job, core, by); err != nil {
			return f, err
		}
	}
	per := func(a, b float64) float64 { return (b - a) / float64(g.n) }
	f = figures{per(float64(c[0].Allocs), float64(c[1].Allocs)), per(float64(c[0].Calls), float64(c[1].Calls)), per(instructions[0], instructions[1])}
	if c[0].Calls < 0 {
		f.calls = -1
	}
	if by == nil || g.waits {
		f.instructions = -1
	}
	return f, nil
}

// instructionCounter is valgrind, if it is there and can run this program. Where
// two threads of Go's runtime want the same lock it reads the processor's clock
// by an instruction (RDTSCP) that valgrind does not know on every processor; it
// does without if told so.
func instructionCounter() ([]string, error) {
	name, err := exec.LookPath("valgrind")
	return []string{"env", "GODEBUG=cpu.rdtscp=off", name, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-file="}, err
}

var refs = regexp.MustCompile(`I +refs: +([0-9,]+)`)

func countInstructions(j job, core int, by []string) (float64, error) {
	if by == nil {
		return 0, nil
	}
	log, err := os.CreateTemp("", "dugong-bench-")
	if err != nil {
		return 0, err
	}
	log.Close()
	defer os.Remove(log.Name())
	by = append(by[:len(by)-1:len(by)-1], by[len(by)-1]+log.Name())
	if _, err := runClient(j, core, by...); err != nil {
		return 0, err
	}
	text, err := os.ReadFile(log.Name())
	m := refs.FindSubmatch(text)
	if err != nil || m == nil {
		return 0, fmt.Errorf("valgrind said %q, %v", text, err)
	}
	return strconv.ParseFloat(strings.ReplaceAll(string(m[1]), ",", ""), 64)
}

// How much more is taken for chance. Reads depend a little on when the answers
// come, everything else hardly.
const (
	moreAllocs       = 0.1  // a request
	moreCalls        = 1.25 // times
	moreInstructions = 1.1  // times
)

// worse says in what a measurement is worse than what was noted.
func (f figures) worse(noted figures) (complaints []string) {
	say := func(what string, is, was float64) {
		complaints = append(complaints, fmt.Sprintf("%s: %.4g a request, %.4g noted", what, is, was))
	}
	if f.allocs > noted.allocs+moreAllocs {
		say("allocations", f.allocs, noted.allocs)
	}
	if f.calls > noted.calls*moreCalls+0.001 {
		say("reads and writes", f.calls, noted.calls)
	}
	if noted.instructions >= 0 && f.instructions > noted.instructions*moreInstructions {
		say("instructions", f.instructions, noted.instructions)
	}
	return complaints
}
