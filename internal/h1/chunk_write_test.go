package h1_test

import (
	"math"
	"testing"

	"github.com/dugong-http/dugong/internal/h1"
)

func TestAppendChunkSize(t *testing.T) {
	for n, want := range map[int]string{1: "1\r\n", 9: "9\r\n", 10: "a\r\n", 16: "10\r\n", 0x1a2b: "1a2b\r\n", math.MaxInt32: "7fffffff\r\n",
		0: "", -1: "", math.MinInt: ""} {
		if got := string(h1.AppendChunkSize([]byte("before"), n)); got != "before"+want {
			t.Errorf("chunk of %d: %q, want %q behind what was there", n, got, want)
		}
	}
}
