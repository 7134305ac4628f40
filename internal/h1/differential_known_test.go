package h1

import (
	"reflect"
	"regexp"
	"strings"
)

var (
	looseEnd     = regexp.MustCompile(`(?s)(^|[^\r])\n|\r([^\n]|$)`)
	control      = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]`)
	goodStart    = regexp.MustCompile(`^(\r\n)?HTTP/1\.[0-9] [0-9]{3}( [^\r\n]*)?\r\n`)
	codeBelow100 = regexp.MustCompile(`^(\r\n)?HTTP/1\.[0-9] 0`)
	blankInName  = regexp.MustCompile(`\n[^:\n]* [^:\n]*:`)
	foldedLength = regexp.MustCompile(`(?i)\n(content-length|transfer-encoding):[^\n]*\n[ \t]`)
	fold         = regexp.MustCompile(`\n[ \t]`)
	version10    = regexp.MustCompile(`^(\r\n)?HTTP/1\.0`)
	coding       = regexp.MustCompile(`(?i)\ntransfer-encoding:`)
	length       = regexp.MustCompile(`(?i)\ncontent-length:`)
	lengthList   = regexp.MustCompile(`(?i)\ncontent-length:[ \t]*([0-9]+)[ \t]*,`)
	code101      = regexp.MustCompile(`^(\r\n)?HTTP/1\.[0-9] 101`)
	strayCRLF    = regexp.MustCompile(`^\r\nHTTP/`)
	blankBefore  = regexp.MustCompile(`\r\n[0-9A-Fa-f]+[ \t]+;`)
	longSize     = regexp.MustCompile(`\r\n0[0-9A-Fa-f]{16,}`)
)

// knownDifferences: where we are stricter, then where net/http is, then where
// both accept and do not say the same.
var knownDifferences = []struct {
	rule int
	why  string
	is   func(d *difference) bool
}{
	{1, "we refuse LF or CR alone", func(d *difference) bool { return d.refused(1) && d.shows(looseEnd) }},
	{2, "we refuse controls in values, reasons, chunk lines", func(d *difference) bool { return d.refused(2) && d.shows(control) }},
	{4, "we refuse other versions and start lines", func(d *difference) bool { return d.refused(4) && !d.shows(goodStart) }},
	{5, "we refuse codes below 100", func(d *difference) bool { return d.refused(5) && d.shows(codeBelow100) }},
	{7, "we refuse blanks in names", func(d *difference) bool { return d.refused(7) && d.shows(blankInName) }},
	{8, "we refuse folded framing fields", func(d *difference) bool { return d.refused(8) && d.shows(foldedLength) }},
	{11, "we refuse Transfer-Encoding in 1.0, they ignore it", func(d *difference) bool { return d.refused(11) && d.head(version10) && d.head(coding) }},
	{12, "we refuse both length fields", func(d *difference) bool { return d.refused(12) && d.head(coding) && d.head(length) }},
	{23, "we refuse a 101 that was not asked for", func(d *difference) bool { return d.refused(23) && d.head(code101) }},

	{6, "they refuse a stray CRLF", func(d *difference) bool {
		return d.us != nil && d.them == nil && d.head(strayCRLF) && d.says("malformed HTTP response")
	}},
	{10, "they judge the framing fields of responses without a body", func(d *difference) bool {
		return d.us != nil && d.us.Kind == NoBody && d.them == nil &&
			(d.head(coding) && d.says("transfer encoding") || d.head(length) && d.says("Content-Length"))
	}},
	{13, "they refuse the head of an unknown coding, we only its body", func(d *difference) bool {
		return d.us != nil && d.us.Kind == Unframed && d.them == nil && d.head(coding) && d.says("transfer encoding")
	}},
	{14, "they refuse a list of one and the same length", func(d *difference) bool {
		return d.us != nil && d.us.Kind == Counted && d.them == nil && d.head(lengthList) && d.says("Content-Length")
	}},
	{17, "they refuse blanks before a chunk extension", func(d *difference) bool {
		return d.us != nil && d.them != nil && !d.them.Whole && d.shows(blankBefore) && d.says("invalid byte in chunk length")
	}},
	{17, "they refuse more than 16 digits of a chunk size", func(d *difference) bool {
		return d.us != nil && d.them != nil && !d.them.Whole && d.shows(longSize) && d.says("chunk length too large")
	}},

	{8, "blanks where a value was folded", func(d *difference) bool {
		return d.us != nil && d.them != nil && d.shows(fold) && !reflect.DeepEqual(d.us, d.them) && sameButBlanks(d.us, d.them)
	}},
}

// sameButBlanks: nothing differs but the blanks in field values.
func sameButBlanks(a, b *answer) bool {
	x, y := *a, *b
	x.Fields, y.Fields = squeeze(x.Fields), squeeze(y.Fields)
	x.Trailer, y.Trailer = squeeze(x.Trailer), squeeze(y.Trailer)
	return agree(&x, &y)
}

func squeeze(lines []string) (l []string) {
	for _, s := range lines {
		l = append(l, strings.Join(strings.Fields(s), " "))
	}
	return l
}
