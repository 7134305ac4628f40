package h1

import (
	"fmt"
	"strings"
	"testing"
)

// TestExcerpt: of any octets an error text shows visible ASCII, at most 48
// octets of it, and never an octet that could start a line of a log or change
// a terminal.
func TestExcerpt(t *testing.T) {
	for c := range 256 {
		want := fmt.Sprintf(`\x%02x`, c)
		switch {
		case c == '\r':
			want = `\r`
		case c == '\n':
			want = `\n`
		case c == '"', c == '\\':
			want = `\` + string(rune(c))
		case c >= ' ' && c <= '~':
			want = string(rune(c))
		}
		if got := excerpt([]byte{'a', byte(c), 'z'}); got != `"a`+want+`z"` {
			t.Errorf("octet %#02x becomes %s, want %s", c, got, want)
		}
	}
	for n, want := range map[int]string{
		0:   `""`,
		48:  `"` + strings.Repeat("x", 48) + `"`,
		49:  `"` + strings.Repeat("x", 48) + `"...`,
		999: `"` + strings.Repeat("x", 48) + `"...`,
	} {
		if got := excerpt(strings.Repeat("x", n)); got != want {
			t.Errorf("%d octets become %s, want %s", n, got, want)
		}
	}
}
