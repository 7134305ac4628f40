// Command lines reads from its standard input what valgrind's lackey traces
// (--trace-mem=yes) and counts the lines of memory that a request touches and
// the requests before it did not: what has to be fetched anew when many
// connections take turns, whatever the machine's cache and its neighbours. See
// the script touched, which runs it.
//
// The trace has an instruction ("I  address,size"), a load (" L"), a store
// (" S") or both (" M") a line. The kernel's own are not in it.
package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

const (
	lineBits = 6   // lines of 64 octets
	forgets  = 20  // requests until a line counts as not touched
	skipped  = 250 // requests before counting begins
	counted  = 200
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: lines PROGRAM FUNCTION < TRACE (FUNCTION is called once a request)")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "lines:", err)
		os.Exit(1)
	}
}

func run(program, marker string) error {
	syms, err := symbols(program)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(syms, func(s symbol) bool { return s.name == marker })
	if i < 0 {
		return fmt.Errorf("%s has no function %q", program, marker)
	}
	c := counter{marker: syms[i].start, touched: map[uint64]int{}}
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for c.calls <= skipped+counted {
		text, err := in.ReadString('\n')
		if err == io.EOF {
			return fmt.Errorf("the trace ends after %d requests; give it more than %d", c.calls, skipped+counted)
		}
		if err != nil {
			return err
		}
		c.step(text)
	}
	c.print(syms)
	_, err = io.Copy(io.Discard, in) // the traced program is to come to its end
	return err
}

// A counter knows which request touched which line last.
type counter struct {
	marker  uint64
	calls   int    // requests so far
	pc      uint64 // of the instruction that is looked at
	touched map[uint64]int
	fetched int
	last    []fetch // of the last request that counts
}

type fetch struct{ addr, pc uint64 }

func (c *counter) step(text string) {
	if len(text) < 4 || text[0] != ' ' && text[0] != 'I' {
		return
	}
	digits, _, _ := strings.Cut(strings.TrimSpace(text[2:]), ",")
	addr, err := strconv.ParseUint(digits, 16, 64)
	switch {
	case err != nil:
	case text[0] == 'I':
		if c.pc = addr; addr == c.marker {
			c.calls++
		}
	default:
		c.touch(addr)
	}
}

func (c *counter) touch(addr uint64) {
	line := addr >> lineBits
	before, known := c.touched[line]
	c.touched[line] = c.calls
	if known && c.calls-before < forgets || c.calls <= skipped || c.calls > skipped+counted {
		return
	}
	c.fetched++
	if c.calls == skipped+counted {
		c.last = append(c.last, fetch{addr, c.pc})
	}
}

// print gives the mean, and each line of one request with who touched it first.
func (c *counter) print(syms []symbol) {
	fmt.Printf("%.1f lines of memory a request, mean of %d\n\none of them, by address, with who touches it first:\n", float64(c.fetched)/counted, counted)
	slices.SortFunc(c.last, func(a, b fetch) int { return cmp.Compare(a.addr, b.addr) })
	for _, f := range c.last {
		fmt.Printf("%x  %s\n", f.addr>>lineBits<<lineBits, nameOf(syms, f.pc))
	}
}

// A symbol is a function of the program.
type symbol struct {
	start uint64
	name  string
}

func symbols(program string) (syms []symbol, err error) {
	out, err := exec.Command("go", "tool", "nm", "-n", program).Output()
	if err != nil {
		return nil, fmt.Errorf("go tool nm: %w", err)
	}
	for text := range strings.Lines(string(out)) {
		f := strings.Fields(text)
		if len(f) < 3 || f[1] != "T" && f[1] != "t" {
			continue
		}
		start, err := strconv.ParseUint(f[0], 16, 64)
		if err == nil {
			syms = append(syms, symbol{start, strings.Join(f[2:], " ")})
		}
	}
	if len(syms) == 0 {
		return nil, errors.New("go tool nm knows no function of " + program)
	}
	return syms, nil
}

func nameOf(syms []symbol, pc uint64) string {
	i, found := slices.BinarySearchFunc(syms, pc, func(s symbol, pc uint64) int {
		switch {
		case s.start < pc:
			return -1
		case s.start > pc:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	if i < 0 {
		return "?"
	}
	return syms[i].name
}
