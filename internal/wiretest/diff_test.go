package wiretest

import (
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct{ want, got, text string }{
		{"", "", "\t(no octets)"},
		{"", "a\r\nb", "\t+ \"a\\r\\n\"\n\t+ \"b\"\n"},
		{"abc", "abd", "\t- \"abc\"\n\t+ \"abd\"\n\tfirst difference at octet 2: expected \"c\", got \"d\""},
		{"a\nb\n", "a\n", "\t  \"a\\n\"\n\t- \"b\\n\"\n\tfirst difference at octet 2: expected \"b\", got the end"},
		{"1\n2\n3\n4\n5\nx\n", "1\n2\n3\n4\n5\ny\n",
			"\t  \"3\\n\"\n\t  \"4\\n\"\n\t  \"5\\n\"\n\t- \"x\\n\"\n\t+ \"y\\n\"\n\tfirst difference at octet 10: expected \"x\", got \"y\""},
	} {
		if got := diff(c.want, c.got); got != c.text {
			t.Errorf("diff(%q, %q) is\n%s\nwant\n%s", c.want, c.got, got, c.text)
		}
	}
}

// TestDiffOfMuch: a difference deep in a megabyte is shown in a few lines.
func TestDiffOfMuch(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	d := diff(long+"A"+long, long+"B"+long)
	if len(d) > 1000 || !strings.Contains(d, "xA") || !strings.Contains(d, "xB") || !strings.Contains(d, "octet 1048576") {
		t.Errorf("%d octets:\n%.1000s", len(d), d)
	}
	lines := strings.Repeat("line\n", 1000)
	if d := diff(lines, "x"); len(d) > 1000 || !strings.Contains(d, "988 lines more") {
		t.Errorf("%d octets:\n%.1000s", len(d), d)
	}
}
