package dugong

import "testing"

// What is gathered stays within its memory when the socket takes a little at a
// time and never the last octet.
func TestGatherIsBounded(t *testing.T) {
	l := new(link)
	for left, i := 0, 0; i < 10_000; i++ {
		l.gather()
		l.out = append(l.out, make([]byte, 1000)...)
		if left = len(l.out) - l.outAt; left > flushAt {
			l.outAt += left - flushAt/2
		}
		if cap(l.out) != windowSize {
			t.Fatalf("after %d octets the memory has grown to %d", i*1000, cap(l.out))
		}
	}
	l.gathered()
}
