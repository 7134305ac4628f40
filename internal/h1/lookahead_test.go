package h1

import (
	"fmt"
	"strings"
	"testing"
)

// aheadCase is a queue of methods, what has arrived, and what that says.
type aheadCase struct {
	methods          string
	src              string
	complete, status int
}

const aheadOK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"

var aheadCases = map[string]aheadCase{
	"nothing":                 {"GET GET", "", 0, 0},
	"half a head":             {"GET", "HTTP/1.1 200 OK\r\n", 0, 0},
	"a head":                  {"GET", aheadOK, 0, 200},
	"half a body":             {"GET", aheadOK + "a", 0, 200},
	"one whole":               {"GET GET", aheadOK + "ab", 1, 0},
	"one and a head":          {"GET GET", aheadOK + "ab" + "HTTP/1.1 404 N\r\nContent-Length: 1\r\n\r\n", 1, 404},
	"all":                     {"GET GET", aheadOK + "ab" + aheadOK + "cd", 2, 0},
	"more than asked":         {"GET", aheadOK + "ab" + aheadOK + "cd", 1, 0},
	"a head too many":         {"GET", aheadOK + "ab" + aheadOK, 1, 0},
	"HEAD has no body":        {"HEAD GET", aheadOK + aheadOK, 1, 200},
	"204":                     {"GET GET", "HTTP/1.1 204 N\r\n\r\n", 1, 0},
	"interim":                 {"GET", "HTTP/1.1 103 H\r\n\r\n", 0, 0},
	"interim and a head":      {"GET", "HTTP/1.1 103 H\r\n\r\nHTTP/1.1 100 C\r\n\r\n" + aheadOK, 0, 200},
	"chunked":                 {"GET GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nT: 1\r\n\r\n", 1, 0},
	"framing as long as data": {"GET GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + aheadOK, 1, 200},
	"chunked, no trailer":     {"GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", 0, 200},
	"until close":             {"GET GET", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", 0, 200},
	"unframed":                {"GET", "HTTP/1.1 200 OK\r\n\r\nabc", 0, 200},
	"tunnel":                  {"CONNECT", "HTTP/1.1 200 OK\r\n\r\nabc", 0, 200},
	"fault in a head":         {"GET GET", aheadOK + "abnonsense\r\n\r\n", 1, 0},
	"fault of the framing":    {"GET", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", 0, 0},
	"fault in a body":         {"GET GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n" + aheadOK, 0, 200},
}

func aheadQueue(methods string) *Queue {
	q := new(Queue)
	for m := range strings.FieldsSeq(methods) {
		q.Push().Method = m
	}
	return q
}

func TestLookAhead(t *testing.T) {
	for name, c := range aheadCases {
		complete, status := aheadQueue(c.methods).LookAhead([]byte(c.src), &DefaultLimits, Look{Handed: 1})
		if complete != c.complete || status != c.status {
			t.Errorf("%s: %d complete, status %d, want %d, %d", name, complete, status, c.complete, c.status)
		}
	}
}

// TestLookAheadInBody: the same answers when the first body is being read, from
// any octet on; and looking changes nothing.
func TestLookAheadInBody(t *testing.T) {
	for name, c := range aheadCases {
		q := aheadQueue(c.methods)
		var h Head
		n, fault := h.Parse([]byte(c.src), &DefaultLimits)
		if n == 0 || fault != nil || h.Status < 200 {
			continue
		}
		f, fault := h.Framing(q.Front().Asked(false))
		if fault != nil || f.Kind == Tunnel || f.Kind == Unframed || f.Kind == NoBody {
			continue
		}
		q.Front().Status = int16(h.Status)
		var body BodyReader
		body.Start(f, &DefaultLimits)
		for src := []byte(c.src[n:]); !body.Done(); {
			before := fmt.Sprintf("%+v", body)
			complete, status := q.LookAhead(src, &DefaultLimits, Look{Body: &body, Handed: 1})
			if complete != c.complete || status != c.status {
				t.Errorf("%s, %d octets before the end: %d complete, status %d, want %d, %d", name, len(src), complete, status, c.complete, c.status)
			}
			if after := fmt.Sprintf("%+v", body); after != before {
				t.Errorf("%s: looking changed %s to %s", name, before, after)
			}
			skip, n, fault := body.Next(src, 1)
			if fault != nil || skip+n == 0 {
				break
			}
			src = src[skip+n:]
		}
	}
}

// TestLookAheadHanded: an answer to a request of which no octet has left is no
// answer.
func TestLookAheadHanded(t *testing.T) {
	src := []byte(aheadOK + "ab" + aheadOK + "cd")
	for handed, want := range map[int64]int{0: 0, 1: 1, 10: 1, 11: 2, 99: 2} {
		q := aheadQueue("GET GET")
		q.Back().Start = 10
		if complete, status := q.LookAhead(src, &DefaultLimits, Look{Handed: handed}); complete != want || status != 0 {
			t.Errorf("%d octets have left: %d complete, status %d, want %d", handed, complete, status, want)
		}
	}
}

// TestLookAheadLast: behind an answer that ends the connection there is none.
func TestLookAheadLast(t *testing.T) {
	closing := "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nab"
	for src, want := range map[string]int{closing + aheadOK + "cd": 1, aheadOK + "ab" + closing + aheadOK + "cd": 2} {
		if complete, status := aheadQueue("GET GET GET").LookAhead([]byte(src), &DefaultLimits, Look{Handed: 1}); complete != want || status != 0 {
			t.Errorf("%q: %d complete, status %d, want %d", src, complete, status, want)
		}
	}
	var body BodyReader
	body.Start(Framing{Kind: Counted, Length: 2}, nil)
	if complete, status := aheadQueue("GET GET").LookAhead([]byte("ab"+aheadOK+"cd"), &DefaultLimits, Look{Body: &body, Last: true, Handed: 1}); complete != 1 || status != 0 {
		t.Errorf("behind the last body: %d complete, status %d", complete, status)
	}
}
