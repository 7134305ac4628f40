package h1

import (
	"strconv"
	"strings"
	"testing"
)

// Tables for chunked bodies (rules 17 to 21) and for streams as a whole (24 to 28).

const chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

func quoted(s string) string { return strconv.Quote(s) }

// runChunked runs bodies of one chunked response, with what each comes to.
func runChunked(t *testing.T, table map[string]string) {
	t.Helper()
	for body, want := range table {
		runTable(t, []entry{{"GET", chunkedHead + body, want}})
	}
}

func TestRule17Size(t *testing.T) {
	a26 := strings.Repeat("a", 26)
	runChunked(t, map[string]string{
		"5\r\nhello\r\n0\r\n\r\n":                             `200 "hello"`,
		"1a\r\n" + a26 + "\r\n1A\r\n" + a26 + "\r\n0\r\n\r\n": `200 "` + a26 + a26 + `"`,
		"0000000000000000000000005\r\nhello\r\n000\r\n\r\n":   `200 "hello"`,
		"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n":                      `200 "abc"`,
		"0\r\n\r\n":                                           `200 ""`,
		"5 \r\nhello\r\n0\t \r\n\r\n":                         `200 "hello"`, // padded size
		"7fffffffffffffff\r\na":                               `200 "a"... | C21`,
		"07fffffffffffffff\r\na":                              `200 "a"... | C21`,
		"8000000000000000\r\na":                               `200 ""... | I17`,
		"ffffffffffffffff\r\na":                               `200 ""... | I17`,
		"10000000000000000\r\na":                              `200 ""... | I17`,
		"10000000000000005\r\nhello\r\n0\r\n\r\n":             `200 ""... | I17`,
		"\r\nhello\r\n0\r\n\r\n":                              `200 ""... | I17`,
		";a\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		" 5\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"\t5\r\nhello\r\n0\r\n\r\n":                           `200 ""... | I17`,
		"+5\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"-5\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"-0\r\n\r\n":                                          `200 ""... | I17`,
		"0x5\r\nhello\r\n0\r\n\r\n":                           `200 ""... | I17`,
		"5_0\r\nhello\r\n0\r\n\r\n":                           `200 ""... | I17`,
		"5g\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"g\r\nhello\r\n0\r\n\r\n":                             `200 ""... | I17`,
		"5`\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"5@\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"5,\r\nhello\r\n0\r\n\r\n":                            `200 ""... | I17`,
		"5 5\r\nhello\r\n0\r\n\r\n":                           `200 ""... | I17`,
		"5\xa0\r\nhello\r\n0\r\n\r\n":                         `200 ""... | I17`,
		"5\nhello\r\n0\r\n\r\n":                               `200 ""... | I1`,
		"5\r\r\nhello\r\n0\r\n\r\n":                           `200 ""... | I1`,
		"5\rhello\r\n0\r\n\r\n":                               `200 ""... | I1`,
		"5\x00\r\nhello\r\n0\r\n\r\n":                         `200 ""... | I2`,
		"5\x0b\r\nhello\r\n0\r\n\r\n":                         `200 ""... | I2`,
		"5\r\nhello\r\n0\n\r\n":                               `200 "hello"... | I1`,
		"5\r\nhello\r\n\r\n":                                  `200 "hello"... | I17`,
	})
	lim := DefaultLimits
	lim.ChunkLine = 10
	runLimited(t, entry{"GET", chunkedHead + "00000005\r\nhello\r\n00000000\r\n\r\n", `200 "hello"`}, lim)
	runLimited(t, entry{"GET", chunkedHead + "000000005\r\nhello\r\n0\r\n\r\n", `200 ""... | L27`}, lim)
	runLimited(t, entry{"GET", chunkedHead + "5\r\nhello\r\n000000000\r\n\r\n", `200 "hello"... | L27`}, lim)
	runLimited(t, entry{"GET", chunkedHead + "xxxxxxxxxx", `200 ""... | L27`}, lim)
	runLimited(t, entry{"GET", chunkedHead + "xxxxxxxxx", `200 ""... | C21`}, lim)
}

func TestRule18Extensions(t *testing.T) {
	runChunked(t, map[string]string{
		"5;a\r\nhello\r\n0;b=c\r\n\r\n":               `200 "hello"`,
		"5 ; a = \"b\" \t;c\r\nhello\r\n0\t;\r\n\r\n": `200 "hello"`,
		"5;a=\"\xff;\\\"\"\r\nhello\r\n0\r\n\r\n":     `200 "hello"`,
		"5;a=\"\r\nhello\r\n0\r\n\r\n":                `200 "hello"`, // the quote does not hide the CRLF
		"5;a=\"\n\"\r\nhello\r\n0\r\n\r\n":            `200 ""... | I1`,
		"5;a=\"\r\"\r\nhello\r\n0\r\n\r\n":            `200 ""... | I1`,
		"5;a\nhello\r\n0\r\n\r\n":                     `200 ""... | I1`,
		"5;a\x00\r\nhello\r\n0\r\n\r\n":               `200 ""... | I2`,
		"0;a\n\r\n":                                   `200 ""... | I1`,
	})
	// Octets of chunk lines are weighed against the data that came: here 16 are
	// free, two per octet of data, 100 on credit.
	lim := DefaultLimits
	lim.ChunkExtensions = 100
	line := func(n int) string { return "1;" + strings.Repeat("x", n-4) + "\r\na\r\n" }
	end := "0\r\n\r\n"
	for body, want := range map[string]string{
		line(116) + end:                                         `200 "a"`,
		line(117) + end:                                         `200 ""... | L18`,
		line(66) + line(68) + end:                               `200 "aa"`, // 50, then 48+52
		line(66) + line(69) + end:                               `200 "a"... | L18`,
		strings.Repeat(line(18), 300) + end:                     `200 "` + strings.Repeat("a", 300) + `"`,
		strings.Repeat(line(19), 98) + end:                      `200 "` + strings.Repeat("a", 98) + `"`, // 3, then 1 more each
		strings.Repeat(line(19), 99) + end:                      `200 "` + strings.Repeat("a", 98) + `"... | L18`,
		line(116) + "0;" + strings.Repeat("x", 15) + "\r\n\r\n": `200 "a"... | L18`,
		"ffffffff;" + strings.Repeat("x", 106) + "\r\n":         `200 ""... | L18`, // announced is not received
	} {
		runLimited(t, entry{"GET", chunkedHead + body, want}, lim)
	}
	runLimited(t, entry{"GET", chunkedHead + "ffffffff;" + strings.Repeat("x", 100) + "\r\n", `200 ""... | C21`}, lim)
}

func TestRule19ChunkEnd(t *testing.T) {
	runChunked(t, map[string]string{
		"5\r\nhello0\r\n\r\n":       `200 "hello"... | I19`,
		"5\r\nhelloxx0\r\n\r\n":     `200 "hello"... | I19`,
		"5\r\nhello\n0\r\n\r\n":     `200 "hello"... | I19`,
		"5\r\nhello\r0\r\n\r\n":     `200 "hello"... | I19`,
		"5\r\nhello\r\r\n0\r\n\r\n": `200 "hello"... | I19`,
		"5\r\nhello \r\n0\r\n\r\n":  `200 "hello"... | I19`,
		"4\r\nhello\r\n0\r\n\r\n":   `200 "hell"... | I19`,
		"6\r\nhello\r\n0\r\n\r\n":   `200 "hello\r"... | I19`,
		"5\r\nhello\r":              `200 "hello"... | C21`,
	})
}

func TestRule20Trailer(t *testing.T) {
	runChunked(t, map[string]string{
		"0\r\nA: b\r\n\r\n":                                      `200 "" +A: b`,
		"1\r\nx\r\n0\r\nA: b\r\na:c\r\n\r\n":                     `200 "x" +A: b +a: c`,
		"0\r\nA: b\r\n c\r\n\r\n":                                `200 "" +A: b c`,
		"0\r\nContent-Length: 5\r\n\r\n":                         `200 "" +Content-Length: 5`,
		"0\r\nTransfer-Encoding: x\r\nConnection: close\r\n\r\n": `200 "" +Transfer-Encoding: x +Connection: close`,
		"0\r\nA b\r\n\r\n":                                       `200 ""... | I7`,
		"0\r\n" + glued:                                          `200 ""... | I7`, // a next response glued on
		"0\r\nA : b\r\n\r\n":                                     `200 ""... | I7`,
		"0\r\n A: b\r\n\r\n":                                     `200 ""... | I8`,
		"0\r\n \r\n\r\n":                                         `200 ""... | I8`,
		"0\r\nContent-Length:\r\n 5\r\n\r\n":                     `200 ""... | I8`,
		"0\r\nA: b\n\r\n":                                        `200 ""... | I1`,
		"0\r\nA: b\r\n\n":                                        `200 ""... | I1`,
		"0\r\n\n":                                                `200 ""... | I1`,
		"0\r\n\rx\r\n\r\n":                                       `200 ""... | I1`,
		"0\r\nA: \x00\r\n\r\n":                                   `200 ""... | I2`,
		"5\r\nhello\r\n0\r\n":                                    `200 "hello"... | C21`,
		"5\r\nhello\r\n0\r\n\r":                                  `200 "hello"... | C21`,
		"5\r\nhello\r\n0\r\nA: b\r\n":                            `200 "hello"... | C21`,
	})
	runTable(t, []entry{{"GET GET", chunkedHead + "0\r\nConnection: close\r\nContent-Length: 9\r\n\r\n" + glued, `200 "" +Connection: close +Content-Length: 9 | 299 "abc"`}})
}

func TestRule21Truncated(t *testing.T) {
	runTable(t, []entry{
		{"GET", "", "C21"},
		{"GET", "HTTP/1.1 20", "C21"},
		{"GET", "HTTP/1.1 200 OK\r\n", "C21"},
		{"GET", okHead + "\r", "C21"},
		{"GET", "HTTP/1.1 200 OK\r\nA\x00", "C21"}, // judged only when its LF is there
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", `200 "hell"... | C21`},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", `200 ""... | C21`},
		{"GET", chunkedHead + "", `200 ""... | C21`},
		{"GET", chunkedHead + "5", `200 ""... | C21`},
		{"GET", chunkedHead + "5\r\nhel", `200 "hel"... | C21`},
		{"GET GET", okHead + "\r\n", `200 "" | C21`},
	})
}

func TestRule24OrderedByRequest(t *testing.T) {
	sized := "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
	runTable(t, []entry{
		{"GET HEAD GET", sized + "abc" + sized + sized + "def", `200 "abc" | 200 | 200 "def"`},
		{"HEAD GET HEAD", sized + sized + "abc" + sized, `200 | 200 "abc" | 200`},
		{"GET GET", sized + sized + "abc", `200 "HTT" | I4`},
		{"HEAD GET", sized + "abc" + sized, `200 | I4`},
	})
}

func TestRule25NobodyAsked(t *testing.T) {
	runTable(t, []entry{
		{"", "H", "I25"},
		{"GET", okHead + "\r\n" + "x", `200 "" | I25`},
		{"GET", okHead + "\r\n" + glued, `200 "" | I25`},
	})
}

func TestRule27Limits(t *testing.T) {
	lim := Limits{StartLine: 20, FieldLine: 30, Head: 100, Fields: 4, ChunkLine: 8, ChunkExtensions: 100, Trailer: 60, Interim: 99}
	field := func(n int) string { return "A: " + strings.Repeat("x", n-5) + "\r\n" }
	empty, start := "Content-Length: 0\r\n", "HTTP/1.1 200 OK\r\n"
	trailer := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
	for _, e := range []entry{
		{"GET", "HTTP/1.1 200 123456\r\n", "L27"},
		{"GET", "HTTP/1.1 200 12345\r\n" + empty + "\r\n", `200 ""`},
		{"GET", strings.Repeat("x", 20), "L27"},
		{"GET", strings.Repeat("x", 19), "C21"},
		{"GET", start + empty + field(30) + "\r\n", `200 ""`},
		{"GET", start + empty + field(31) + "\r\n", "L27"},
		{"GET", start + empty + "A\x00:" + field(31) + "\r\n", "L27"}, // limits come first
		{"GET", start + strings.Repeat("x", 30), "L27"},
		{"GET", start + strings.Repeat("x", 29), "C21"},
		{"GET", start + empty + field(20) + " " + strings.Repeat("y", 7) + "\r\n\r\n", `200 ""`},
		{"GET", start + empty + field(20) + " " + strings.Repeat("y", 8) + "\r\n\r\n", "L27"},
		{"GET", start + empty + field(20) + " y\r\n y\r\n \r\n\r\n", "L27"},
		{"GET", start + empty + field(30) + field(30) + "\r\n", `200 ""`},           // 98
		{"GET", start + empty + field(30) + field(24) + "A:1234\r\n\r\n", `200 ""`}, // 100
		{"GET", start + empty + field(30) + field(24) + "A:12345\r\n\r\n", "L27"},
		{"GET", start + empty + field(30) + field(30) + "ABCD\r\n", "L27"},
		{"GET", start + empty + field(6) + field(6) + field(6) + "\r\n", `200 ""`},
		{"GET", start + empty + field(6) + field(6) + field(6) + field(6) + "\r\n", "L27"},
		{"GET", start + empty + field(6) + field(6) + field(6) + "no field\r\n\r\n", "L27"},
		{"GET", start + empty + field(6) + field(6) + field(6) + " fold\r\n\r\n", `200 ""`},
		{"GET", trailer + field(28) + field(30) + "\r\n", `200 "" +A: ` + strings.Repeat("x", 23) + " +A: " + strings.Repeat("x", 25)},
		{"GET", trailer + field(29) + field(30) + "\r\n", `200 ""... | L27`},
		{"GET", trailer + field(31) + "\r\n", `200 ""... | L27`},
		{"GET", trailer + strings.Repeat(field(6), 5) + "\r\n", `200 ""... | L27`},
	} {
		runLimited(t, e, lim)
	}
	lim.StartLine, lim.Head = 200, 100 // the head is the narrower bound
	runLimited(t, entry{"GET", "HTTP/1.1 200 " + strings.Repeat("x", 90), "L27"}, lim)
}

func TestRule27Defaults(t *testing.T) {
	if n := DefaultLimits.Fields; n < 256 {
		t.Errorf("%d fields are too few", n)
	}
	asked := Asked{Method: "GET"}
	for stream, want := range map[string]string{
		okHead + strings.Repeat("A: b\r\n", 999) + "\r\n":                     `200 ""`,
		okHead + strings.Repeat("A: b\r\n", 1000) + "\r\n":                    "L27",
		"HTTP/1.1 200 " + strings.Repeat("x", 64<<10):                         "L27",
		okHead + "A: " + strings.Repeat("x", 64<<10-5) + "\r\n\r\n":           `200 ""`,
		okHead + "A: " + strings.Repeat("x", 64<<10-4) + "\r\n\r\n":           "L27",
		okHead + strings.Repeat("A: "+strings.Repeat("x", 60<<10)+"\r\n", 18): "L27",
		chunkedHead + "1;" + strings.Repeat("x", 4<<10):                       `200 ""... | L27`,
	} {
		if v := readWhole(stream, asked); v.String() != want {
			t.Errorf("%.40q of %d octets: %.80s (%v), want %s", stream, len(stream), v, v.Fault, want)
		}
	}
}

// TestRule28Everything is a stream with one of each, cut everywhere.
func TestRule28Everything(t *testing.T) {
	runTable(t, []entry{{"GET HEAD GET POST GET GET",
		"\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n b\r\n\r\n" + chunkedHead + "5;x=y\r\nhello\r\n1\r\n!\r\n0\r\nT: u\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n" + "HTTP/1.1 304 Not Modified\r\n\r\n" + "HTTP/1.0 201 x\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\n\r\n\r\n" +
			"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + "HTTP/1.1 500 Oh\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		`103 | 200 "hello!" +T: u | 200 | 304 | 201 "\r\n\r\n" | 200 "" | 500 "HTTP/1.1 200 OK\r\n\r\n" close`,
	}})
}
