package h1

import "testing"

// TestPlainIsExact: the shortcut for names takes every word of letters and
// hyphens, so that it is of use, and no other one.
func TestPlainIsExact(t *testing.T) {
	for c := range 256 {
		for at := range 8 {
			for _, pad := range []string{"aaaaaaaa", "ZZZZZZZZ", "--------"} {
				s := []byte(pad)
				s[at] = byte(c)
				want := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-'
				if got := notPlain(word(string(s))) == 0; got != want {
					t.Fatalf("%q is plain: %v, want %v", s, got, want)
				}
			}
		}
	}
}
