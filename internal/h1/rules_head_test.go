package h1

import (
	"reflect"
	"strings"
	"testing"
)

// Tables for the rules about lines, status lines and headers (1 to 9).

const okHead = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"

func TestRule01LineEnds(t *testing.T) {
	runTable(t, []entry{
		{"GET", okHead + "A: b\r\n\r\n", `200 ""`},
		{"GET", "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", "I1"},
		{"GET", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n", "I1"},
		{"GET", "HTTP/1.1 200 OK\r\r\nContent-Length: 0\r\n\r\n", "I1"},
		{"GET", "HTTP/1.1 200 OK\n\r\n", "I1"},
		{"GET", "\nHTTP/1.1 200 OK\r\n\r\n", "I1"},
		{"GET", "\rHTTP/1.1 200 OK\r\n\r\n", "I1"},
		{"GET", okHead + "A: b\n\r\n", "I1"},
		{"GET", okHead + "A: b\r\n\n", "I1"},
		{"GET", okHead + "\n", "I1"},
		{"GET", okHead + "\r\r\n", "I1"},
		{"GET", okHead + "\rA: b\r\n\r\n", "I1"},
		{"GET", okHead + "A: b\rC: d\r\n\r\n", "I1"},
		{"GET", okHead + "A: b\r\r\n\r\n", "I1"},
		{"GET", okHead + "A\r: b\r\n\r\n", "I1"},
		{"GET", okHead + "A\n: b\r\n\r\n", "I1"},
		{"GET", okHead + "A:\rb\r\n\r\n", "I1"},
		{"GET", okHead + "A: b\r\n c\n\r\n", "I1"},
		{"GET", okHead + "A: b\r\n c\rd\r\n\r\n", "I1"},
		{"GET", okHead + "A: b\r\n \r \r\n\r\n", "I1"},
	})
}

func TestRule02Controls(t *testing.T) {
	for c := range 256 {
		s, want := string([]byte{byte(c)}), `200 ""`
		if c < 0x20 && c != '\t' || c == 0x7f {
			want = "I2"
		}
		if c == '\r' || c == '\n' {
			want = "I1"
		}
		for i, pad := range []string{"", "1234567", "12345678", "0123456789abcdefghijk"} { // each place in a word of eight
			for _, e := range []entry{
				{"GET", okHead + "A: " + pad + s + pad + "\r\n\r\n", want},
				{"GET", "HTTP/1.1 200 " + pad + s + pad + "\r\nContent-Length: 0\r\n\r\n", want},
			} {
				if i == 0 {
					runTable(t, []entry{e})
				} else if v := readWhole(e.stream, askedFor(e.asked)...); v.String() != want { // cut everywhere above
					t.Errorf("%q: %v (%v), want %s", e.stream, v, v.Fault, want)
				}
			}
		}
	}
	for c := range 0x20 { // in the place of the CR
		if s := string([]byte{byte(c)}); c != '\t' && c != '\r' && c != '\n' {
			runTable(t, []entry{
				{"GET", "HTTP/1.1 200 a" + s + "\nContent-Length: 0\r\n\r\n", "I2"},
				{"GET", okHead + "A: b" + s + "\n\r\n", "I2"},
				{"GET", okHead + "A: b\r\n c" + s + "\n\r\n", "I2"},
				{"GET", chunkedHead + "1" + s + "\na\r\n0\r\n\r\n", `200 ""... | I2`},
			})
		}
	}
	runTable(t, []entry{
		{"GET", okHead + "A: b\r\n c\x00d\r\n\r\n", "I2"},
		{"GET", okHead + "A: \t\x01\r\n\r\n", "I2"},
		{"GET", "HTTP/1.1 20\x000 OK\r\n\r\n", "I2"},
	})
}

func TestRule02FaultNamesOnlyTheField(t *testing.T) {
	f := readWhole(okHead+"Set-Cookie: secret\x00\r\n\r\n", Asked{Method: "GET"}).Fault
	if strings.Contains(f.Error(), "secret") || !strings.Contains(f.Error(), `"Set-Cookie"`) {
		t.Errorf("the error should name the field and keep its value back: %v", f)
	}
}

func TestRule03OnlyASCII(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 \xb2\xb9\xb2 OK\r\n\r\n", "I4"},
		{"GET", "HTTP/1.1 +20 OK\r\n\r\n", "I4"},
		{"GET", "HTTP/1.1 2_0 OK\r\n\r\n", "I4"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: \u0660\r\n\r\n", "I14"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: +0\r\n\r\n", "I14"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: \u00a00\r\n\r\n", "I14"},
		{"GET", "HTTP/1.1 200 OK\r\nConnection: clo\u017fe\r\nContent-Length: 0\r\n\r\n", `200 ""`},
		{"GET", "HTTP/1.1 200 OK\r\nConnection: \u00a0close\r\nContent-Length: 0\r\n\r\n", `200 ""`},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun\u212aed\r\n\r\n", "I13"},
		{"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun\u212aed\r\nContent-Length: 0\r\n\r\n", "I12"},
	})
}

func TestRule04StatusLine(t *testing.T) {
	end := "\r\nContent-Length: 0\r\n\r\n"
	runTable(t, []entry{
		{"GET", "HTTP/1.1 200 OK" + end, `200 ""`},
		{"GET", "HTTP/1.1 200 " + end, `200 ""`},
		{"GET", "HTTP/1.1 200" + end, `200 ""`},
		{"GET", "HTTP/1.1 200  two blanks" + end, `200 ""`},
		{"GET", "HTTP/1.1 200 \t" + end, `200 ""`},
		{"GET", "HTTP/1.1 200 na\xefve" + end, `200 ""`},
		{"GET", "HTTP/1.0 200 OK" + end, `200 "" close`},
		{"GET", "HTTP/1.2 200 OK" + end, `200 ""`},
		{"GET", "HTTP/1.9 200 OK" + end, `200 ""`},
		{"GET", "HTTP/0.9 200 OK" + end, "U4"},
		{"GET", "HTTP/2.0 200 OK" + end, "U4"},
		{"GET", "HTTP/2 200 OK" + end, "U4"},
		{"GET", "HTTP/1 200 OK" + end, "I4"},
		{"GET", "HTTP/1.x 200 OK" + end, "I4"},
		{"GET", "HTTP/1.10 200 OK" + end, "I4"},
		{"GET", "HTTP/11.1 200 OK" + end, "I4"},
		{"GET", "HTTP/1,1 200 OK" + end, "I4"},
		{"GET", "HTTP/x.1 200 OK" + end, "I4"},
		{"GET", "http/1.1 200 OK" + end, "I4"},
		{"GET", "HTTP/1.1  200 OK" + end, "I4"},
		{"GET", "HTTP/1.1\t200 OK" + end, "I4"},
		{"GET", "HTTP/1.1 200\tOK" + end, "I4"},
		{"GET", "HTTP/1.1 20 OK" + end, "I4"},
		{"GET", "HTTP/1.1 2000 OK" + end, "I4"},
		{"GET", "HTTP/1.1 20x OK" + end, "I4"},
		{"GET", "HTTP/1.1 2x0 OK" + end, "I4"},
		{"GET", "HTTP/1.1 x00 OK" + end, "I4"},
		{"GET", "HTTP/1.1 -20 OK" + end, "I4"},
		{"GET", "HTTP/1.1 20" + end, "I4"},
		{"GET", "HTTP/1.1" + end, "I4"},
		{"GET", "HTTP/" + end, "I4"},
		{"GET", " HTTP/1.1 200 OK" + end, "I4"},
		{"GET", "ICY 200 OK" + end, "I4"},
		{"GET", "<html>" + end, "I4"},
		{"GET", "SSH-2.0-x\r\n", "I4"},
	})
}

func TestRule04Reason(t *testing.T) {
	for line, want := range map[string]struct {
		reason        string
		status, minor int
	}{
		"HTTP/1.1 404 Not Found":    {"Not Found", 404, 1},
		"HTTP/1.0 404 not found":    {"not found", 404, 0},
		"HTTP/1.7 404 ":             {"", 404, 1},
		"HTTP/1.1 404":              {"", 404, 1},
		"HTTP/1.1 299 Its Own":      {"Its Own", 299, 1},
		"\r\nHTTP/1.1 200 OK":       {"OK", 200, 1},
		"\r\nHTTP/1.1 200 Fine\xe9": {"Fine\xe9", 200, 1},
	} {
		var h Head
		stream := []byte(line + "\r\n\r\n")
		n, f := h.Parse(stream, &DefaultLimits)
		if n != len(stream) || f != nil || h.Reason() != want.reason || h.Status != want.status || h.Minor != want.minor {
			t.Errorf("%q: %d %v, %d %d %q", line, n, f, h.Status, h.Minor, h.Reason())
		}
	}
}

func TestRule05Codes(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n", `600 ""`},
		{"GET", "HTTP/1.1 999 x\r\nContent-Length: 0\r\n\r\n", `999 ""`},
		{"GET", "HTTP/1.1 099 x\r\nContent-Length: 0\r\n\r\n", "I5"},
		{"GET", "HTTP/1.1 000 x\r\nContent-Length: 0\r\n\r\n", "I5"},
		{"GET", "HTTP/1.1 001 x\r\nContent-Length: 0\r\n\r\n", "I5"},
	})
}

func TestRule06StrayCRLF(t *testing.T) {
	runTable(t, []entry{
		{"GET", "\r\n" + okHead + "\r\n", `200 ""`},
		{"GET", "\r\n\r\n" + okHead + "\r\n", "I4"},
		{"GET", " \r\n" + okHead + "\r\n", "I4"},
		{"GET GET", okHead + "\r\n\r\n" + okHead + "\r\n", `200 "" | 200 ""`},
		{"GET GET", okHead + "\r\n\r\n\r\n" + okHead + "\r\n", `200 "" | I4`},
		{"GET", "\r\n", "C21"},
		{"GET", "\r", "C21"},
	})
	lim := DefaultLimits
	lim.StartLine = len("\r\nHTTP/1.1 200 OK\r\n")
	runLimited(t, entry{"GET", "\r\n" + okHead + "\r\n", `200 ""`}, lim)
	lim.StartLine--
	runLimited(t, entry{"GET", "\r\n" + okHead + "\r\n", "L27"}, lim)
	runLimited(t, entry{"GET", okHead + "\r\n", `200 ""`}, lim)
}

func TestRule07FieldLine(t *testing.T) {
	for c := range 256 { // every octet in a name
		want := "I7"
		switch {
		case strings.IndexByte("!#$%&'*+-.^_`|~:", byte(c)) >= 0, 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
			want = `200 ""`
		case c == '\r', c == '\n':
			want = "I1"
		}
		runTable(t, []entry{{"GET", okHead + "A" + string([]byte{byte(c)}) + "B: c\r\n\r\n", want}})
	}
	runTable(t, []entry{
		{"GET", okHead + "A:b\r\n\r\n", `200 ""`},
		{"GET", okHead + "A:\r\n\r\n", `200 ""`},
		{"GET", okHead + "A\r\n\r\n", "I7"},
		{"GET", okHead + "AB\r\n", "I7"},
		{"GET", okHead + ": b\r\n\r\n", "I7"},
		{"GET", okHead + ":\r\n\r\n", "I7"},
		{"GET", okHead + "A : b\r\n\r\n", "I7"},
		{"GET", okHead + "A\t: b\r\n\r\n", "I7"},
		{"GET", okHead + "A b\r\n\r\n", "I7"},
		{"GET", okHead + "\xc3\xa4: b\r\n\r\n", "I7"},
		{"GET", okHead + "HTTP/1.1 200 OK\r\n\r\n", "I7"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\nhello", "I7"},
	})
}

func TestRule08Folds(t *testing.T) {
	runTable(t, []entry{
		{"GET", "HTTP/1.1 200 OK\r\n A: b\r\nContent-Length: 0\r\n\r\n", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\n\t\r\nContent-Length: 0\r\n\r\n", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\n \r\n\r\n", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 0\r\n\r\n", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 0\r\n\r\n", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n \r\n\r\nhello", "I8"},
		{"GET", "HTTP/1.1 200 OK\r\ntransfer-encoding:\r\n\tchunked\r\n\r\n", "I8"},
		{"GET", okHead + "A: b\r\n \r\n\r\n", `200 ""`},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection:\r\n close\r\n\r\n", `200 "" close`},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x,\r\n close\r\n ,y\r\n\r\n", `200 "" close`},
		{"GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nA: b\r\n Transfer-Encoding: chunked\r\n\r\n", `200 ""`},
	})
}

func TestRule08Unfolded(t *testing.T) {
	for raw, want := range map[string]string{
		"A: b\r\n c":            "b c",
		"A: b \t\r\n \t c \t":   "b c",
		"A:\r\n b":              "b",
		"A: b\r\n \r\n c":       "b  c",
		"A: b\r\n ":             "b",
		"A:\r\n \r\n ":          "",
		"A: b\r\n\tc\r\n d\te ": "b c d\te",
	} {
		stream := okHead + raw + "\r\nZ: z\r\nY: 1\r\n 2\r\n\r\n"
		got := readWhole(stream, Asked{Method: "GET"})
		fields := []string{"Content-Length: 0", "A: " + want, "Z: z", "Y: 1 2"}
		if got.Fault != nil || !reflect.DeepEqual(got.Answers[0].Fields, fields) {
			t.Errorf("%q: %v %v, want %q", raw, got, got.Fault, fields)
		}
		sameEveryWay(t, got, stream, []Asked{{Method: "GET"}}, DefaultLimits, 1)
	}
}

func TestRule09OrderAndSpelling(t *testing.T) {
	stream := okHead + "set-cookie: a=1\r\nX-y:  z \r\nSET-COOKIE:b=2,c\r\nSet-Cookie:\t\r\n\r\n"
	got := readWhole(stream, Asked{Method: "GET"})
	want := []string{"Content-Length: 0", "set-cookie: a=1", "X-y: z", "SET-COOKIE: b=2,c", "Set-Cookie: "}
	if !reflect.DeepEqual(got.Answers[0].Fields, want) {
		t.Errorf("fields %q, want %q", got.Answers[0].Fields, want)
	}
	sameEveryWay(t, got, stream, []Asked{{Method: "GET"}}, DefaultLimits, 1)
}
