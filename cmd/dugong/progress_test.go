package main

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/vbauerster/mpb/v8"
)

func TestBar(t *testing.T) {
	for total, count := range map[int]string{3: "3 / 3 documents", 0: "3 documents"} { // known, and not
		var out bytes.Buffer
		b := drawBar(&out, total, mpb.WithAutoRefresh())
		for range 3 {
			b.moved(1024)
			b.done()
		}
		fmt.Fprintln(b, "a complaint")
		b.end()
		if s := out.String(); !strings.Contains(s, count) || !strings.Contains(s, "3.0 KiB") || !strings.Contains(s, "a complaint\n") {
			t.Errorf("total %d: %q", total, s)
		}
	}
}

// Away from a terminal there is no bar, and no call of it does harm.
func TestNoBar(t *testing.T) {
	b := newBar(false, &bytes.Buffer{}, 3)
	if b != nil {
		t.Fatal("a bar on a buffer")
	}
	b.moved(1)
	b.done()
	b.end()
}
