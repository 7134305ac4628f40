//go:build interop

package interop

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/dugong-http/dugong"
)

// A row is one list of calls that every driver sends to every server.
type row struct {
	name  string
	depth int
	calls func() []*call
	// losses: answers may be lost if that is told truly; what is answered must
	// be right all the same.
	losses bool
	all    bool // in all modes; otherwise in plain and TLS 1.3 only
}

// rows is the table. Rows that are no list of calls are in rows_*_test.go.
var rows = []row{
	{name: "get-1", depth: 1, calls: gets(8)},
	{name: "get-2", depth: 2, calls: gets(8)},
	{name: "get-8", depth: 8, all: true, calls: gets(24)},
	{name: "get-16", depth: 16, calls: gets(48)},
	{name: "get-100", depth: 100, all: true, calls: gets(100)},
	{name: "get-1000", depth: 1000, calls: gets(1000)},
	{name: "mixed", depth: 16, all: true, calls: mixed},
	{name: "upload", depth: 1, all: true, calls: uploads("/d/up", 200, upload{})},
	{name: "upload-chunked", depth: 1, calls: uploads("/d/up", 200, upload{chunked: true})},
	{name: "upload-expect", depth: 1, calls: uploads("/d/up", 200, upload{expect: true})},
	{name: "upload-chunked-expect", depth: 1, calls: uploads("/d/up", 200, upload{chunked: true, expect: true})},
	{name: "refuse", depth: 1, calls: uploads("/d/refuse", 403, upload{}), losses: true},
	{name: "refuse-chunked", depth: 1, calls: uploads("/d/refuse", 403, upload{chunked: true}), losses: true},
	{name: "refuse-expect", depth: 1, all: true, calls: uploads("/d/refuse", 403, upload{expect: true})},
	{name: "refuse-chunked-expect", depth: 1, calls: uploads("/d/refuse", 403, upload{chunked: true, expect: true})},
	{name: "unknown-method", depth: 16, calls: unknownMethod, losses: true},
	{name: "ranges", depth: 4, calls: ranges},
	{name: "hints", depth: 4, calls: hints},
	{name: "trailers", depth: 4, calls: trailers},
	{name: "upload-trailers", depth: 1, calls: uploadTrailers},
	{name: "slow", depth: 4, calls: slow},
}

func document(name string) *call {
	return &call{method: "GET", path: "/f/" + name, status: []int{200}, sum: sum(documents[name])}
}

func gets(n int) func() []*call {
	return func() (list []*call) {
		for i := range n {
			name := kind(i)
			if i%10 == 5 {
				name = "10k.bin"
			}
			list = append(list, document(name))
		}
		return list
	}
}

// mixed has all kinds of answers that carry no body, an unsafe method, and a
// megabyte in the middle.
func mixed() (list []*call) {
	none := sum(nil)
	for range 2 {
		list = append(list,
			document("100.bin"),
			&call{method: "HEAD", path: "/f/10k.bin", status: []int{200}, sum: none},
			&call{method: "GET", path: "/f/100.bin", header: dugong.Header{{Name: "If-Modified-Since", Value: modified.Format(http.TimeFormat)}}, status: []int{304}, sum: none},
			&call{method: "GET", path: "/f/missing", status: []int{404}},
			document("0.bin"),
			&call{method: "HEAD", path: "/f/missing", status: []int{404}, sum: none},
			document("1m.bin"),
			post(100),
			document("10k.bin"),
			&call{method: "DELETE", path: "/f/missing", status: []int{400, 403, 404, 405, 501}},
			document("100.bin"),
		)
	}
	return list
}

// unknownMethod has a method in the middle after which many servers close.
func unknownMethod() (list []*call) {
	list = append(list, gets(5)()...)
	list = append(list, &call{method: "BREW", path: "/f/100.bin", status: []int{200, 400, 403, 404, 405, 501}})
	return append(list, gets(5)()...)
}

// post is a small upload that goes with its head.
func post(n int) *call {
	p := noise(9, n)
	return &call{method: "POST", path: "/d/up", body: &upload{data: p, inline: true}, status: []int{200}, sum: sum([]byte(sum(p)))}
}

// uploads sends bodies of several sizes, with a GET behind each.
func uploads(path string, status int, kind upload) func() []*call {
	return func() (list []*call) {
		for i, n := range []int{0, 10, 64 << 10, 1 << 20} {
			u := kind
			u.data = noise(byte(10+i), n)
			c := &call{method: "POST", path: path, body: &u, status: []int{status}}
			if status == 200 {
				c.sum = sum([]byte(sum(u.data)))
			}
			if i%2 == 1 {
				c.method = "PUT"
			}
			list = append(list, c, document("100.bin"))
		}
		return list
	}
}

func ranges() (list []*call) {
	doc := documents["10k.bin"]
	for range 4 {
		list = append(list, &call{method: "GET", path: "/f/10k.bin", header: dugong.Header{{Name: "Range", Value: "bytes=0-9,5000-5099"}},
			status: []int{206}, check: func(a *answer) error {
				return checkParts(a, doc[0:10], doc[5000:5100])
			}}, document("100.bin"))
	}
	return list
}

var errInterim = errors.New("interim responses")

func hints() (list []*call) {
	for range 4 {
		list = append(list, &call{method: "GET", path: "/d/hints", status: []int{200}, sum: sum([]byte("hinted")), check: func(a *answer) error {
			if len(a.interim) != 2 && a.header != nil { // the command does not tell
				return fmt.Errorf("%w: %v", errInterim, a.interim)
			}
			return nil
		}}, document("100.bin"))
	}
	return list
}

func trailers() (list []*call) {
	want := sum([]byte("trailed"))
	for range 4 {
		list = append(list, &call{method: "GET", path: "/d/trailers", header: dugong.Header{{Name: "TE", Value: "trailers"}},
			status: []int{200}, sum: want, check: func(a *answer) error {
				if a.trailer != nil && a.trailer("X-Sum") != want {
					return fmt.Errorf("trailer %q", a.trailer("X-Sum"))
				}
				return nil
			}}, document("100.bin"))
	}
	return list
}

func uploadTrailers() (list []*call) {
	for i := range 2 {
		p := noise(20, 1000*(i+1))
		list = append(list, &call{method: "POST", path: "/d/up", header: dugong.Header{{Name: "Trailer", Value: "X-Sum"}},
			body: &upload{data: p, chunked: true, trailer: dugong.Header{{Name: "X-Sum", Value: "right"}}}, status: []int{200},
			sum: sum([]byte(sum(p))), check: func(a *answer) error {
				if a.header("X-Trailer") != "right" {
					return fmt.Errorf("the trailer did not arrive: %q", a.header("X-Trailer"))
				}
				return nil
			}}, document("100.bin"))
	}
	return list
}

func slow() (list []*call) {
	for range 3 {
		list = append(list, &call{method: "GET", path: "/d/slow", status: []int{200}, sum: sum([]byte(slowBody))}, document("100.bin"))
	}
	return list
}
