package h1

import (
	"math"
	"strings"
	"testing"
)

// Tables for the framing decision (rules 10 to 16, 22 and 23).

func TestRule10NoBody(t *testing.T) {
	for _, fields := range []string{
		"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: 5\r\nContent-Length: 6\r\n",
		"Content-Length: x\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", "Transfer-Encoding: gzip\r\n",
	} {
		runTable(t, []entry{
			{"HEAD GET", response("", "HTTP/1.1 200 OK", fields+"A: b") + glued, `200 | 299 "abc"`},
			{"GET GET", response("", "HTTP/1.1 204 No Content", fields+"A: b") + glued, `204 | 299 "abc"`},
			{"GET GET", response("", "HTTP/1.1 304 Not Modified", fields+"A: b") + glued, `304 | 299 "abc"`},
			{"GET GET", response("", "HTTP/1.1 100 Continue", fields+"A: b") + response("", okHead) + glued, `100 | 200 "" | 299 "abc"`},
			{"CONNECT", response("ab", "HTTP/1.1 200 OK", fields+"A: b") + glued, `200 tunnel ` + quoted("ab"+glued)},
			{"CONNECT", response("", "HTTP/1.0 299 OK", fields+"A: b"), `299 tunnel ""`},
		})
	}
	runTable(t, []entry{
		{"HEAD", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", `200 close`},
		{"HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello", `200 close`},
		{"head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", `200 "hello"`},
		{"GET", "HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello", `205 "hello"`},
		{"GET", "HTTP/1.1 205 Reset Content\r\n\r\n", `205 unframed | U15`},
		{"CONNECT GET", "HTTP/1.1 407 Who\r\nContent-Length: 5\r\n\r\nhello" + glued, `407 "hello" | 299 "abc"`},
		{"CONNECT", "HTTP/1.1 300 x\r\nContent-Length: 1\r\n\r\na", `300 "a"`},
		{"connect", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", `200 "a"`},
		{"CONNECT", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nxyz", `100 | 200 tunnel "xyz"`},
	})
}

// TestRule10To15Framing: every field of the decision, for each kind of it.
func TestRule10To15Framing(t *testing.T) {
	until := Asked{Method: "GET", UntilClose: true}
	for _, e := range []struct {
		head  string
		asked Asked
		want  Framing
	}{
		{"HTTP/1.1 100 Continue\r\nConnection: close\r\n", Asked{}, Framing{}},
		{"HTTP/1.1 101 x\r\n", Asked{Upgrade: true}, Framing{Kind: Tunnel, Length: -1, Close: true}},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Asked{Method: "CONNECT"}, Framing{Kind: Tunnel, Length: -1, Close: true}},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", Asked{Method: "HEAD"}, Framing{}},
		{"HTTP/1.1 204 x\r\nConnection: close\r\n", Asked{}, Framing{Close: true, Announced: true}},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n", until, Framing{Kind: Counted, Length: 5}},
		{"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n", Asked{}, Framing{Kind: Counted, Close: true, Announced: true}},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n", until, Framing{Kind: Chunked, Length: -1}},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n", Asked{}, Framing{Kind: UntilClose, Length: -1, Close: true, Announced: true}},
		{"HTTP/1.1 408 x\r\nConnection: close\r\n", Asked{}, Framing{Kind: UntilClose, Length: -1, Close: true, Announced: true, Doubtful: true}},
		{"HTTP/1.1 408 x\r\n", until, Framing{Kind: UntilClose, Length: -1, Close: true}},
		{"HTTP/1.1 200 OK\r\n", Asked{}, Framing{Kind: Unframed, Length: -1, Close: true}},
		{"HTTP/1.1 408 x\r\nTransfer-Encoding: x\r\nConnection: close\r\n", until, Framing{Kind: Unframed, Length: -1, Close: true, Announced: true}},
	} {
		var h Head
		parsed(t, &h, e.head+"\r\n")
		got, f := h.Framing(e.asked)
		if (got.Fault != nil) != (e.want.Kind == Unframed) || got.Fault != nil && got.Fault.Kind != Unsupported {
			t.Errorf("%q: stored fault %v", e.head, got.Fault)
		}
		if got.Fault = nil; got != e.want || f != nil {
			t.Errorf("%q for %+v: %+v %v, want %+v", e.head, e.asked, got, f, e.want)
		}
	}
}

func TestRule11CodingIn10(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "I11"},
		{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "I11"},
		{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding:\r\n\r\n", "I11"},
		{"GET", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n0\r\n\r\n", "I11"},
		{"GET", "HTTP/1.2 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", `200 ""`},
	})
}

func TestRule12BothLengths(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", "I12"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "I12"},
		{"GET", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\n", "I12"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: x\r\n\r\n", "I12"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: identity\r\n\r\nhello", "I12"},
	})
}

func TestRule13Codings(t *testing.T) {
	for value, want := range map[string]string{
		"chunked":                               `200 "hello"`,
		"CHUNKED":                               `200 "hello"`,
		"chUnkeD\t ":                            `200 "hello"`,
		"chunked, chunked":                      "I13",
		"gzip, chunked, chunked":                "I13",
		"chunked\r\nTransfer-Encoding: chunked": "I13",
		"chunked;q=1":                           "I13",
		"chunked ; q=1":                         "I13",
		"chunked;":                              "I13",
		"":                                      "I13",
		",":                                     "I13",
		"chunked,":                              "I13",
		", chunked":                             "I13",
		"chunked\r\nTransfer-Encoding:":         "I13",
		"chunk ed":                              "I13",
		"\"chunked\"":                           "I13",
		"chunked x":                             "I13",
		"chunked=1":                             "I13",
		"x;a=\", chunked\"":                     "I13",
		"gzip":                                  "200 unframed | U13",
		"identity":                              "200 unframed | U13",
		"gzip, chunked":                         "200 unframed | U13",
		"chunked, gzip":                         "200 unframed | U13",
		"gzip;level=9, chunked":                 "200 unframed | U13",
		"gzip\r\nTransfer-Encoding: chunked":    "200 unframed | U13",
		"chunked\r\nA: b\r\nTransfer-Encoding: gzip": "200 unframed | U13",
		"xchunked": "200 unframed | U13",
		"chunkedx": "200 unframed | U13",
		"chunke":   "200 unframed | U13",
	} {
		runTable(t, []entry{{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + value + "\r\n\r\n5\r\nhello\r\n0\r\n\r\n", want}})
	}
}

func TestRule14Lengths(t *testing.T) {
	for value, want := range map[string]string{
		"5":                                `200 "hello"`,
		"05":                               `200 "hello"`,
		"00000000000000000000000000000005": `200 "hello"`,
		" \t5\t ":                          `200 "hello"`,
		"5, 5":                             `200 "hello"`,
		"5,5 ,\t5":                         `200 "hello"`,
		"5\r\nA: b\r\ncontent-length: 5":   `200 "hello"`,
		"5\r\nContent-Length: 5, 5":        `200 "hello"`,
		"9223372036854775807":              `200 "hello"... | C21`,
		"09223372036854775807":             `200 "hello"... | C21`,
		"9223372036854775808":              "I14",
		"9223372036854775817":              "I14",
		"18446744073709551621":             "I14",
		"99999999999999999999":             "I14",
		"5, 05":                            "I14",
		"5, 6":                             "I14",
		"5,":                               "I14",
		",5":                               "I14",
		"5, , 5":                           "I14",
		"5\r\nContent-Length: 6":           "I14",
		"5\r\nContent-Length:":             "I14",
		"\r\nContent-Length: 5":            "I14",
		"5\r\nA: b\r\nContent-Length: x":   "I14",
		"":                                 "I14",
		"+5":                               "I14",
		"-5":                               "I14",
		"-0":                               "I14",
		"5.0":                              "I14",
		"5 5":                              "I14",
		"0x5":                              "I14",
		"5_0":                              "I14",
		"5e0":                              "I14",
		"5;a":                              "I14",
		"five":                             "I14",
		"\"5\"":                            "I14",
		"5\xa0":                            "I14",
	} {
		runTable(t, []entry{{"GET", "HTTP/1.1 200 OK\r\nContent-Length: " + value + "\r\n\r\nhello", want}})
	}
}

func TestRule15NoLength(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello", `200 "hello" close`},
		{"GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", `200 "" close`},
		{"GET GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + glued, `200 ` + quoted(glued) + ` close | C22`},
		{"GET", "HTTP/1.0 200 OK\r\n\r\nhello", `200 "hello" close`},
		{"GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello", `200 unframed | U15`},
		{"GET", "HTTP/1.1 200 OK\r\n\r\nhello", `200 unframed | U15`},
		{"Until", "HTTP/1.1 200 OK\r\n\r\nhello", `200 "hello" close`},
		{"Until", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\nhello", `200 "hello" close`},
		{"Until", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello", `200 unframed | U13`},
		{"GET", "HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=x\r\n\r\n--x--", `206 unframed | U15`},
		{"GET", "HTTP/1.1 206 OK\r\nContent-Type: multipart/byteranges; boundary=x\r\nConnection: close\r\n\r\n--x--", `206 "--x--" close`},
	})
}

func TestRule16NothingFromADeclaredLength(t *testing.T) {
	for _, stream := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\nhello",
	} {
		var h Head
		n, _ := h.Parse([]byte(stream), &DefaultLimits)
		f, _ := h.Framing(Asked{Method: "GET"})
		rest := []byte(stream[n:])
		var b BodyReader
		if got := testing.AllocsPerRun(10, func() {
			b.Start(f, &DefaultLimits)
			skip, k, fault := b.Next(rest, math.MaxInt)
			if k != 5 || fault != nil || skip+k != len(rest) {
				t.Fatalf("%q: %d %d %v", stream, skip, k, fault)
			}
		}); got != 0 {
			t.Errorf("%q: %v allocations for a declared length", stream, got)
		}
		if left := b.Direct(); left != math.MaxInt64-5 {
			t.Errorf("%q: %d octets left", stream, left)
		}
	}
}

func TestRule22Close(t *testing.T) {
	for fields, want := range map[string]string{
		"":                                  `200 "" | 299 "abc"`,
		"Connection: keep-alive\r\n":        `200 "" | 299 "abc"`,
		"Connection: close\r\n":             `200 "" close | C22`,
		"connection: CLOSE\r\n":             `200 "" close | C22`,
		"Connection: x, close\r\n":          `200 "" close | C22`,
		"Connection: close, x\r\n":          `200 "" close | C22`,
		"Connection: ,,\tclose\t,\r\n":      `200 "" close | C22`,
		"Connection: keep-alive, close\r\n": `200 "" close | C22`,
		"Connection: close\r\nConnection: keep-alive\r\n":                   `200 "" close | C22`,
		"Connection: x\r\nA: b\r\nConnection: y\r\nConnection: z,close\r\n": `200 "" close | C22`,
		"Connection: closed\r\n":                                            `200 "" | 299 "abc"`,
		"Connection: not-close\r\n":                                         `200 "" | 299 "abc"`,
		"Connection: close;a\r\n":                                           `200 "" | 299 "abc"`,
		"Connection: \"close\"\r\n":                                         `200 "" | 299 "abc"`,
		"Keep-Alive: close\r\n":                                             `200 "" | 299 "abc"`,
		"Connectiom: close\r\n":                                             `200 "" | 299 "abc"`,
	} {
		runTable(t, []entry{{"GET GET", "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: 0\r\n\r\n" + glued, want}})
	}
	runTable(t, []entry{
		{"GET GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n" + glued, `200 "" close | C22`},
		{"GET GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: x, Keep-Alive\r\n\r\n" + glued, `200 "" | 299 "abc"`},
		{"GET GET", "HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n" + glued, `200 "" close | C22`},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nabcdef", `200 "ab" close`},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nab\r\n0\r\n\r\ncdef", `200 "ab" close`},
	})
}

func TestRule22Doubtful(t *testing.T) {
	for _, code := range []string{"400", "408", "413", "414", "431"} {
		runTable(t, []entry{
			{"GET", "HTTP/1.1 " + code + " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", code + ` "" close doubtful`},
			{"HEAD", "HTTP/1.1 " + code + " x\r\nContent-Length: 9\r\nConnection: close\r\n\r\n", code + ` close doubtful`},
			{"GET", "HTTP/1.1 " + code + " x\r\nConnection: close\r\n\r\n", code + ` "" close doubtful`},
			{"GET", "HTTP/1.0 " + code + " x\r\n\r\n", code + ` "" close doubtful`},
			{"GET", "HTTP/1.1 " + code + " x\r\nContent-Length: 0\r\n\r\n", code + ` ""`},
			{"Until", "HTTP/1.1 " + code + " x\r\n\r\n", code + ` "" close`},
			{"GET", "HTTP/1.1 " + code + " x\r\nContent-Length: 1\r\nConnection: close\r\n\r\na", code + ` "a" close`},
			{"GET", "HTTP/1.1 " + code + " x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", code + ` "" close doubtful`},
			{"GET", "HTTP/1.1 " + code + " x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\na\r\n0\r\n\r\n", code + ` "a" close doubtful`}, // until its first octet
			{"GET", "HTTP/1.1 " + code + " x\r\nTransfer-Encoding: x\r\nConnection: close\r\n\r\n", code + " unframed | U13"},
		})
	}
	for _, code := range []string{"200", "401", "404", "405", "409", "412", "415", "430", "500"} {
		runTable(t, []entry{{"GET", "HTTP/1.1 " + code + " x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", code + ` "" close`}})
	}
}

func TestRule23Interim(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 100 Continue\r\n\r\n" + okHead + "\r\n", `100 | 200 ""`},
		{"GET GET", "HTTP/1.1 100\r\n\r\nHTTP/1.1 100 C\r\nA: b\r\n\r\nHTTP/1.1 103 E\r\n\r\n" + okHead + "\r\n" + "HTTP/1.1 199 x\r\n\r\n" + glued, `100 | 100 | 103 | 200 "" | 199 | 299 "abc"`},
		{"GET", "HTTP/1.1 103 E\r\nConnection: close\r\n\r\n" + okHead + "\r\n", `103 | 200 ""`},
		{"GET", "HTTP/1.0 100 C\r\n\r\n" + okHead + "\r\n", `100 | 200 ""`},
		{"GET", "HTTP/1.1 100 Continue\r\nA b\r\n\r\n" + okHead + "\r\n", "I7"},
		{"GET", "HTTP/1.1 100 Continue\r\n\r\n", "100 | C21"},
		{"GET", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "I23"},
		{"GET", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "I23"},
		{"CONNECT", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "I23"},
		{"Upgrade", "HTTP/1.1 101 Switching Protocols\r\nContent-Length: 1\r\n\r\nabc", `101 tunnel "abc"`},
		{"Upgrade GET", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na" + glued, `200 "a" | 299 "abc"`},
	})
	lim := DefaultLimits
	one := "HTTP/1.1 102 Processing\r\n\r\n"
	lim.Interim = 3 * len(one)
	runLimited(t, entry{"GET GET", strings.Repeat(one, 3) + okHead + "\r\n" + strings.Repeat(one, 3) + okHead + "\r\n", `102 | 102 | 102 | 200 "" | 102 | 102 | 102 | 200 ""`}, lim)
	runLimited(t, entry{"GET", strings.Repeat(one, 4) + okHead + "\r\n", `102 | 102 | 102 | 102 | L27`}, lim)
}

// TestFaultsQuoteTheOctets: an error says which octets were wrong.
func TestFaultsQuoteTheOctets(t *testing.T) {
	for fields, want := range map[string]string{
		"Content-Length: 5x":                  `: bad Content-Length "5x"`,
		"Content-Length: 5, 6":                `: "6"`,
		"Content-Length:":                     `: bad Content-Length ""`,
		"Transfer-Encoding: chunked;a":        `: "chunked;a"`,
		"Transfer-Encoding: br":               `: "br"`,
		"Transfer-Encoding: chunked, chunked": `6.1)`,
		"A b: c":                              `: "A"`,
		"A\xe9b: c":                           `: "A\xe9"`,
		"Transfer-Encoding:\r\n chunked":      `: "Transfer-Encoding"`,
	} {
		v := readWhole("HTTP/1.1 200 OK\r\n"+fields+"\r\n\r\n", Asked{Method: "GET"})
		if v.Fault == nil || !strings.HasSuffix(v.Fault.Error(), want) {
			t.Errorf("%q: %v, want %s at its end", fields, v.Fault, want)
		}
	}
}
