package dugong_test

import (
	"strconv"
	"strings"

	"github.com/dugong-http/dugong"
)

// A shape is a batch of requests and the stream that answers them.
type shape struct {
	name    string
	answers []reply
}

// A reply is a request's answer in the pieces that matter to an accident.
type reply struct {
	method  string
	interim string // 1xx heads before it
	head    string // through the empty line
	status  int
	body    []piece
	close   bool // announced
	until   bool // the body ends with the stream
	trailer string
}

// A piece of a body on the wire: data, or the framing around it.
type piece struct {
	octets string
	data   bool
}

// replyCounted, replyChunked and the like make the usual replies.
func replyCounted(method, body string) reply {
	r := reply{method: method, status: 200, head: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}
	if method != "HEAD" {
		r.body = []piece{{body, true}}
	}
	return r
}

func replyChunked(method string) reply {
	return reply{
		method: method, status: 404, head: "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n", trailer: "sum one",
		body: []piece{{"5;a=\"x;y\"\r\n", false}, {"hello", true}, {"\r\n00c ; b\r\n", false}, {"HTTP/1.1 200", true}, {"\r\n0;c\r\nSum: sum one\r\n\r\n", false}},
	}
}

func replyToEnd(method string) reply {
	return reply{
		method: method, status: 200, head: "HTTP/1.0 200 OK\r\nServer: old\r\n\r\n", close: true, until: true,
		body: []piece{{"some text\r\n", true}},
	}
}

func replyInterim(r reply) reply {
	r.interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
	return r
}

func replyClosing(r reply) reply {
	r.head = strings.Replace(r.head, "\r\n", "\r\nConnection: close\r\n", 1)
	r.close = true
	return r
}

func replyEmpty(method string) reply {
	return reply{method: method, status: 204, head: "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n"}
}

// shapes is what the accidents are tried on.
var shapes = []shape{
	{"counted", []reply{replyCounted("GET", "hello")}},
	{"chunked", []reply{replyChunked("GET")}},
	{"until close", []reply{replyToEnd("GET")}},
	{"1xx first", []reply{replyInterim(replyCounted("GET", "hello"))}},
	{"HEAD", []reply{replyCounted("HEAD", "")}},
	{"204", []reply{replyEmpty("PUT")}},
	{"two", []reply{replyCounted("GET", "12345"), replyChunked("POST")}},
	{"three", []reply{replyCounted("HEAD", ""), replyInterim(replyChunked("GET")), replyCounted("GET", "abcde")}},
	{"close before the last", []reply{replyCounted("GET", "first"), replyClosing(replyCounted("GET", "last.")), replyCounted("GET", "never")}},
	{"three to close", []reply{replyEmpty("GET"), replyCounted("GET", "12345"), replyToEnd("GET")}},
}

// wire is the whole stream. A peer that has announced close sends nothing more.
func (s shape) wire() string {
	var b strings.Builder
	for _, r := range s.answers {
		b.WriteString(r.wire())
		if r.close {
			break
		}
	}
	return b.String()
}

func (r reply) wire() string {
	s := r.interim + r.head
	for _, p := range r.body {
		s += p.octets
	}
	return s
}

// data is what the first k octets behind the head hold of the body.
func (r reply) data(k int) string {
	s := ""
	for _, p := range r.body {
		if p.data {
			s += p.octets[:max(0, min(k, len(p.octets)))]
		}
		k -= len(p.octets)
	}
	return s
}

// A place in the stream: in or before answer i, perhaps in its body, with so
// much of that handed out. Answer i has not come completely.
type place struct {
	i      int
	inBody bool
	body   string
}

// at finds the place behind k octets. Where a body ends with the stream the
// place is in it, for only the accident tells whether that was all.
func (s shape) at(k int) place {
	for i, r := range s.answers {
		head, whole := len(r.interim+r.head), len(r.wire())
		switch {
		case k < head:
			return place{i: i}
		case k < whole || r.until:
			return place{i, true, r.data(k - head)}
		case r.close:
			return place{i: i + 1}
		}
		k -= whole
	}
	return place{i: len(s.answers)}
}

// requests are made anew for each row, numbered by their tags.
func (s shape) requests() []*dugong.Request {
	var list []*dugong.Request
	for i, r := range s.answers {
		q := &dugong.Request{Method: r.method, Path: "/" + strconv.Itoa(i), Tag: i}
		if r.method == "POST" || r.method == "PUT" {
			q.Body = dugong.BodyBytes([]byte("request body"))
		}
		list = append(list, q)
	}
	return list
}
