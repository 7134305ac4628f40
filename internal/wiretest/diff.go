package wiretest

import (
	"fmt"
	"strings"
)

const (
	diffContext = 3   // equal lines shown before the first difference
	diffLines   = 12  // lines shown of each side from there
	diffWidth   = 100 // octets shown of a line, around the difference
)

// diff shows expected octets (-) and those that came (+) line by line, quoted,
// and says where they part. With nothing expected it shows what came.
func diff(want, got string) string {
	if want == "" {
		if got == "" {
			return "\t(no octets)"
		}
		return render("\t+ ", splitLines(got), 0)
	}
	at := commonPrefix(want, got)
	start := strings.LastIndexByte(want[:at], '\n') + 1 // where the differing line begins
	var b strings.Builder
	same := splitLines(want[:start])
	b.WriteString(render("\t  ", same[max0(len(same)-diffContext):], 0))
	b.WriteString(render("\t- ", splitLines(want[start:]), at-start))
	b.WriteString(render("\t+ ", splitLines(got[start:]), at-start))
	fmt.Fprintf(&b, "\tfirst difference at octet %d: expected %s, got %s", at, octetAt(want, at), octetAt(got, at))
	return b.String()
}

func commonPrefix(a, b string) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	return i
}

func octetAt(s string, i int) string {
	if i >= len(s) {
		return "the end"
	}
	return fmt.Sprintf("%q", s[i:i+1])
}

// splitLines cuts after each LF.
func splitLines(s string) []string {
	lines := strings.SplitAfter(s, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// render quotes lines under a mark; of the first one the part around column at.
func render(mark string, lines []string, at int) string {
	var b strings.Builder
	for i, l := range lines {
		if i == diffLines {
			fmt.Fprintf(&b, "%s... %d lines more\n", mark, len(lines)-i)
			break
		}
		from := 0
		if i == 0 {
			from = max0(at - diffWidth/2)
		}
		fmt.Fprintf(&b, "%s%s\n", mark, window(l, from))
	}
	return b.String()
}

// window quotes diffWidth octets of a line and says how many it leaves out.
func window(l string, from int) string {
	to := min(len(l), from+diffWidth)
	s := fmt.Sprintf("%q", l[from:to])
	if from > 0 {
		s = fmt.Sprintf("(%d octets) %s", from, s)
	}
	if to < len(l) {
		s = fmt.Sprintf("%s (%d octets)", s, len(l)-to)
	}
	return s
}

// quote shows octets in short, for a line of a report.
func quote(parts ...string) string {
	s := strings.Join(parts, "")
	if len(s) > 60 {
		return fmt.Sprintf("%q... (%d octets)", s[:60], len(s))
	}
	return fmt.Sprintf("%q", s)
}
