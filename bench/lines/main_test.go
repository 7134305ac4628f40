package main

import (
	"fmt"
	"testing"
)

// A request touches a line of its own, one that the last request touched too,
// and one that was last touched as many requests ago as are forgotten.
func TestLinesAreCountedOnce(t *testing.T) {
	c := counter{marker: 0x400000, touched: map[uint64]int{}}
	for i := range skipped + counted {
		c.step("I  00400000,3\n")
		c.step(fmt.Sprintf(" S %x,8\n", 0x1000000+i<<lineBits))
		c.step(" L 02000000,8\n")
		c.step(fmt.Sprintf(" M %x,8\n", 0x3000000+i%forgets<<lineBits))
		c.step("==1== not of the trace\n")
	}
	if c.fetched != 2*counted {
		t.Errorf("%d lines, want %d", c.fetched, 2*counted)
	}
	if len(c.last) != 2 || c.last[0].pc != 0x400000 {
		t.Errorf("of the last request: %x", c.last)
	}
}
