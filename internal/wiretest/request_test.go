package wiretest

import (
	"reflect"
	"strings"
	"testing"
)

func TestReadRequest(t *testing.T) {
	const counted = "PUT /a?q=%20 HTTP/1.1\r\nHost: h\r\nX-Twice: 1\r\nx-twice:\t2 \r\nContent-Length: 4\r\nEmpty:\r\n\r\n"
	const chunked = "POST * HTTP/1.1\r\nhost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
	const chunks = "3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 17\r\n\r\n"
	want := []Request{
		{Method: "PUT", Target: "/a?q=%20", Proto: "HTTP/1.1", Body: "\r\n\r\n", Raw: counted + "\r\n\r\n",
			Fields: []Field{{"Host", "h"}, {"X-Twice", "1"}, {"x-twice", "2"}, {"Content-Length", "4"}, {"Empty", ""}}},
		{Method: "POST", Target: "*", Proto: "HTTP/1.1", Body: "abc0123456789", Raw: chunked + chunks, Chunked: true, Chunks: []int{3, 10},
			Fields: []Field{{"host", "h"}, {"Transfer-Encoding", "Chunked"}}, Trailers: []Field{{"X-Sum", "17"}}},
		{Method: "GET", Target: "http://h/", Proto: "HTTP/1.0", Raw: "GET http://h/ HTTP/1.0\r\n\r\n"},
	}
	Each(t, func(t *testing.T, m Mode) {
		for _, slowly := range []bool{false, true} {
			srv := Serve(t, m, func(p *Peer) {
				for _, w := range want {
					if got := p.ReadRequest(); !reflect.DeepEqual(*got, w) {
						p.Fatalf("got  %+v\nwant %+v", *got, w)
					}
				}
				p.ExpectEOF()
			})
			c := dial(t, m, srv)
			all := counted + "\r\n\r\n" + chunked + chunks + want[2].Raw
			if slowly {
				c.send(strings.Split(all, "")...)
			} else {
				c.send(all)
			}
			c.Close()
		}
	})
}

func TestRequestFields(t *testing.T) {
	r, err := parseHead("GET / HTTP/1.1\r\nHost: h\r\nA: 1\r\na: 2\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	if r.Get("A") != "1" || r.Get("b") != "" || !r.Has("a") || r.Has("b") || !reflect.DeepEqual(r.Values("A"), []string{"1", "2"}) {
		t.Errorf("%+v", r)
	}
}

// TestStrictHeads: what a client must never send is refused, with its rule in words.
func TestStrictHeads(t *testing.T) {
	const ok = "GET / HTTP/1.1\r\nHost: h\r\n"
	for _, c := range []struct{ head, word string }{
		{"", "parts"},
		{"\r\n" + ok, "parts"},
		{"GET  / HTTP/1.1\r\nHost: h\r\n", "parts"},
		{"GET / HTTP/1.1 \r\nHost: h\r\n", "parts"},
		{"GET /\r\nHost: h\r\n", "parts"},
		{"G@T / HTTP/1.1\r\nHost: h\r\n", "token"},
		{"GET /\x7f HTTP/1.1\r\nHost: h\r\n", "target"},
		{"GET /\xc3\xa4 HTTP/1.1\r\nHost: h\r\n", "target"},
		{"GET  HTTP/1.1\r\nHost: h\r\n", "target"},
		{"GET a HTTP/1.1\r\nHost: h\r\n", "form"},
		{"GET / HTTP/1.2\r\nHost: h\r\n", "version"},
		{"GET / http/1.1\r\nHost: h\r\n", "version"},
		{"CONNECT / HTTP/1.1\r\nHost: h\r\n", "host:port"},
		{"CONNECT h HTTP/1.1\r\nHost: h\r\n", "host:port"},
		{"GET / HTTP/1.1\r\n", "0 Host"},
		{ok + "host: h\r\n", "2 Host"},
		{"GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n", "2 Host"},
		{ok + "A : 1\r\n", "name"},
		{ok + " A: 1\r\n", "name"},
		{ok + "A: 1\r\n B: 2\r\n", "name"},
		{ok + "A\r\n", "name"},
		{ok + ": 1\r\n", "name"},
		{ok + "A: 1\n2\r\n", "control"},
		{ok + "A: 1\r2\r\n", "control"},
		{ok + "A: \x00\r\n", "control"},
		{ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "both"},
		{ok + "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length"},
		{ok + "Content-Length: +1\r\n", "Content-Length"},
		{ok + "Content-Length:\r\n", "Content-Length"},
		{ok + "Content-Length: 99999999999999999999\r\n", "range"},
		{ok + "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding"},
		{ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding"},
		{"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", "1.0"},
	} {
		if _, err := parseHead(c.head + "\r\n"); err == nil || !strings.Contains(err.Error(), c.word) {
			t.Errorf("%q: %v, want an error about %s", c.head, err, c.word)
		}
	}
	if _, err := parseHead(ok + "\r\n"); err != nil {
		t.Error(err)
	}
}

func TestStrictChunks(t *testing.T) {
	for _, c := range []struct{ body, word string }{
		{"+1\r\nx\r\n", "chunk-size"},
		{"\r\nx\r\n", "chunk-size"},
		{" 1\r\nx\r\n", "chunk-size"},
		{"1;a=b\r\nx\r\n", "chunk-size"},
		{"0x1\r\nx\r\n", "chunk-size"},
		{"1\nx\r\n\r\n", "chunk-size"},
		{"fffffffff\r\nx\r\n", "more than"},
		{"1\r\nxy\r\n", "CRLF"},
		{"0\r\nno colon\r\n\r\n", "trailer"},
	} {
		asTest(t, func(tb testing.TB) {
			srv := Serve(tb, Plain, func(p *Peer) { p.ReadRequest() })
			cl := dial(tb, Plain, srv)
			cl.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + c.body)
			cl.rest()
		}).wantFailure(t, c.word)
	}
}

func TestReadHeadLeavesTheBody(t *testing.T) {
	srv := Serve(t, Plain, func(p *Peer) {
		r := p.ReadHead()
		if r.Body != "" || r.Get("Expect") != "100-continue" {
			p.Fatalf("%+v", r)
		}
		p.Send("HTTP/1.1 100 Continue\r\n\r\n")
		p.ReadBody(r)
		if r.Body != "abc" {
			p.Fatalf("%+v", r)
		}
		p.ExpectEOF()
	})
	c := dial(t, Plain, srv)
	c.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
	c.expect("HTTP/1.1 100 Continue\r\n\r\n")
	c.send("abc")
	c.Close()
}

func TestNextHeadUntilTheEnd(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		served := 0
		srv := Serve(t, m, func(p *Peer) {
			for r, ok := p.NextHead(); ok; r, ok = p.NextHead() {
				p.ReadBody(r)
				served++
				p.Send("ok")
			}
		})
		c := dial(t, m, srv)
		for range 3 {
			c.send(request)
			c.expect("ok")
		}
		c.Close()
		srv.running.Wait()
		if served != 3 {
			t.Errorf("served %d requests of 3", served)
		}
	})
	asTest(t, func(tb testing.TB) {
		c := dial(tb, Plain, Serve(tb, Plain, func(p *Peer) { p.NextHead() }))
		c.send("GET")
		c.Close()
	}).wantFailure(t, "closed", "request head", "GET")
}
