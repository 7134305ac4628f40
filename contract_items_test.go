package dugong_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What the Python original does, item by item, where no other test holds it.
// docs/from-python.md names the items that changed on purpose.

// wire checks what a request looks like on the wire, with HOST for its address.
func wire(t *testing.T, q *dugong.Request, want string) {
	t.Helper()
	both(t, dugong.Config{}, func(r *rig) {
		before := q.Header.Clone()
		r.send(q)
		r.read(q.Path, 204)
		if !before.Equal(q.Header) || len(before) != len(q.Header) {
			r.t.Errorf("the header was changed to %v", q.Header)
		}
	}, func(p *wiretest.Peer) {
		p.Expect(strings.ReplaceAll(want, "HOST", p.Conn().LocalAddr().String()))
		p.Send("HTTP/1.1 204 N\r\n\r\n")
		p.ExpectClosed()
	})
}

// Items 36, 37, 39 to 41, 43 and 44: order, spelling and what is generated.
func TestItem36WireOrder(t *testing.T) {
	wire(t, &dugong.Request{Path: "/a?b=c"},
		"GET /a?b=c HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n")
	wire(t, &dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyBytes([]byte("body")), ContentMD5: true, Header: dugong.Header{{Name: "b", Value: "2"}, {Name: "A", Value: "1"}, {Name: "b", Value: "3"}}},
		"PUT / HTTP/1.1\r\nb: 2\r\nA: 1\r\nb: 3\r\nContent-Length: 4\r\nContent-MD5: "+md5Field([]byte("body"))+"\r\nHost: HOST\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\nbody")
	wire(t, &dugong.Request{Path: "/", Header: dugong.Header{{Name: "accept-encoding", Value: "gzip"}, {Name: "Connection", Value: "close"}, {Name: "X", Value: "\xe4\xc3\xa4 \t,"}}},
		"GET / HTTP/1.1\r\naccept-encoding: gzip\r\nConnection: close\r\nX: \xe4\xc3\xa4 \t,\r\nHost: HOST\r\n\r\n")
}

// Items 38 and 127: the empty bytes body has a length and, if asked for, a sum.
func TestItem38EmptyBytes(t *testing.T) {
	wire(t, &dugong.Request{Method: "PUT", Path: "/", Body: dugong.BodyBytes(nil), ContentMD5: true},
		"PUT / HTTP/1.1\r\nContent-Length: 0\r\nContent-MD5: "+md5Field(nil)+"\r\nHost: HOST\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n\r\n")
}

// Items 32 to 34, 42, 50, 51 and 54: what cannot be sent safely is refused
// whole, before anything is connected.
func TestItem32Refused(t *testing.T) {
	field := func(name, value string) dugong.Header { return dugong.Header{{Name: name, Value: value}} }
	for name, q := range map[string]*dugong.Request{
		"blank in the target":    {Path: "/a b"},
		"CRLF in the target":     {Path: "/a\r\nX: y"},
		"letter beyond ASCII":    {Path: "/ä"},
		"relative target":        {Path: "a"},
		"bad method":             {Method: "GE T"},
		"CRLF in the method":     {Method: "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"},
		"bad host":               {Host: "a b"},
		"CRLF in the host":       {Host: "h\r\nX: y"},
		"bad name":               {Header: field("A B", "1")},
		"empty name":             {Header: field("", "1")},
		"colon in the name":      {Header: field("A:", "1")},
		"CRLF in the value":      {Header: field("A", "1\r\nB: 2")},
		"LF in the value":        {Header: field("A", "1\nB: 2")},
		"NUL in the value":       {Header: field("A", "1\x00")},
		"own Transfer-Encoding":  {Header: field("Transfer-Encoding", "chunked")},
		"own Expect":             {Header: field("Expect", "100-continue")},
		"expect without body":    {ExpectContinue: true},
		"negative length":        put("/", dugong.BodyFollowing(-1)),
		"negative reader":        put("/", dugong.BodyReader(strings.NewReader(""), -5)),
		"no reader":              put("/", dugong.BodyReader(nil, 5)),
		"sum of what follows":    {Method: "PUT", Body: dugong.BodyFollowing(3), ContentMD5: true},
		"Upgrade without option": {Header: field("Upgrade", "h2c")},
	} {
		r := newRig(t, wiretest.Plain, "127.0.0.1:9", dugong.Config{}) // nobody is there, nobody is asked
		e := r.refuses(q, dugong.ErrInvalidRequest)
		if e.Fault != dugong.FaultCaller || e.Detail == "" || strings.ContainsAny(e.Error(), "\r\n\x00") {
			t.Errorf("%s: %q, fault %s", name, e.Error(), e.Fault)
		}
	}
}

// Items 10 and 11: a lost connection is not made anew behind the caller's back;
// after Reset everything is.
func TestItem10NotReopened(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.exchange("/a", "/a")
		r.get("/b")
		r.fails(dugong.ErrConnectionClosed)
		for range 2 {
			r.refuses(get("/c"), dugong.ErrConnectionClosed)
		}
		r.Reset()
		r.wantPending(0)
		r.exchange("/d", "/d")
	}, func(p *wiretest.Peer) {
		p.Send(ok([]byte(p.ReadRequest().Target)))
		p.ReadRequest()
		p.CloseWrite()
		p.ExpectClosed()
	}, serving(1))
}

// Items 53, 66 and 70: bodies and writes of no octets.
func TestItem53Nothing(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		_, err := r.Write([]byte("x"))
		r.wantErr(err, dugong.ErrState) // never connected
		r.send(put("/a", dugong.BodyFollowing(0)))
		r.wantPending(1)
		_, err = r.Write([]byte("x"))
		r.wantErr(err, dugong.ErrState)
		r.wantBody(r.read("/a", 200), []byte("/a"))
		r.send(put("/b", dugong.BodyFollowing(2)))
		r.write(nil)
		r.write([]byte("x"))
		r.write(nil)
		r.write([]byte("y"))
		r.wantBody(r.read("/b", 200), []byte("/b"))
		r.send(put("/c", dugong.BodyChunked()))
		r.write(nil) // no chunk, which would be the last
		r.write([]byte("z"))
		if err := r.EndBody(nil); err != nil {
			r.t.Fatal(err)
		}
		r.wantErr(r.EndBody(nil), dugong.ErrState)
		r.wantBody(r.read("/c", 200), []byte("/c"))
	}, serving(3))
}

// Item 74: a write that timed out does not hide the answer.
func TestItem74AnswerAfterTimeout(t *testing.T) {
	timedOut := newStep()
	small(t, dugong.Config{}, func(r *rig) {
		r.connectThenBrief()
		r.refuses(put("/", dugong.BodyReader(endless(1<<30), 1<<30)), dugong.ErrConnectionTimedOut)
		r.SetTimeout(wiretest.DefaultGuard)
		timedOut.tell()
		r.wantPending(1)
		r.wantBody(r.read("/", 413), []byte("stop"))
		r.refuses(get("/b"), dugong.ErrConnectionClosed)
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.StopReading(timedOut)
		p.Send(early413)
		p.Drain()
	})
}

// Item 82: after Reset, ErrConnectionClosed while something was pending, else
// ErrState.
func TestItem82AfterReset(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.exchange("/a", "/a")
		r.Reset()
		r.fails(dugong.ErrState)
		r.get("/b")
		r.Reset()
		r.fails(dugong.ErrConnectionClosed)
	}, serving(1), func(p *wiretest.Peer) { p.Drain() })
}

// Items 80, 84 and 131, changed: the end of a body comes with its last octet, so
// that the next response can be read at once.
func TestItem80EndWithLastOctet(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/a")
		r.get("/b")
		resp := r.read("/a", 200)
		r.fails(dugong.ErrState)
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			r.t.Fatal(err)
		}
		r.fails(dugong.ErrState)
		r.wantPending(2)
		if _, err := io.ReadFull(resp.Body, make([]byte, 1)); err != nil {
			r.t.Fatal(err)
		}
		r.wantPending(1)
		r.wantBody(r.read("/b", 200), []byte("/b"))
		r.wantBody(resp, nil)
	}, serving(2))
}

// Items 121, 123, 125 and 128: a read gives what is there, nothing for nothing,
// and more than any buffer where there is more.
func TestItem121Read(t *testing.T) {
	taken := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		p := make([]byte, 1<<20)
		for _, want := range []string{"abc", "defgh"} {
			if n, err := resp.Body.Read(p[:0]); n != 0 || err != nil {
				r.t.Errorf("an empty read: %d, %v", n, err)
			}
			if n, err := resp.Body.Read(p); string(p[:n]) != want || err != nil {
				r.t.Fatalf("%q, %v, want %q", p[:n], err, want)
			}
			taken.tell()
		}
		got, err := resp.Body.ReadAll()
		if len(got) != 500_000 || err != nil {
			r.t.Errorf("%d octets, %v", len(got), err)
		}
		for range 2 {
			if n, err := resp.Body.Read(p); n != 0 || err != io.EOF {
				r.t.Errorf("after the end: %d, %v", n, err)
			}
			if n, err := resp.Body.Discard(); n != 0 || err != nil {
				r.t.Errorf("Discard after the end: %d, %v", n, err)
			}
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
		p.Wait(taken)
		p.Send("2\r\nde\r\n3\r\nfgh\r\n") // what is there, over the borders of chunks
		p.Wait(taken)
		p.Send("7a120\r\n"+string(make([]byte, 500_000))+"\r\n", "0\r\n\r\n")
		p.ExpectClosed()
	})
}

// Items 129 and 135: what came before a failure is given out, then the error.
func TestItem129Partial(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.get("/")
		resp := r.read("/", 200)
		var b bytes.Buffer
		n, err := io.Copy(&b, resp.Body)
		r.wantErr(err, dugong.ErrConnectionClosed)
		if n != 3 || b.String() != "abc" {
			r.t.Errorf("%d octets, %q", n, b.String())
		}
	}, func(p *wiretest.Peer) {
		p.ReadRequest()
		p.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
		p.CloseWrite()
		p.ExpectClosed()
	})
}

// Item 138: ReadRaw needs a connection, gives what is buffered first, and obeys
// the timeout.
func TestItem138ReadRaw(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		p := make([]byte, 100)
		_, err := r.ReadRaw(r.ctx, p)
		r.wantErr(err, dugong.ErrConnectionClosed)
		r.get("/")
		resp := r.read("/", 200)
		if n, err := io.ReadFull(resp.Body, p[:1]); n != 1 || err != nil {
			r.t.Fatal(err)
		}
		if n, err := r.ReadRaw(r.ctx, p); string(p[:n]) != "bc" || err != nil {
			r.t.Errorf("%q, %v", p[:n], err)
		}
		r.SetTimeout(brief)
		_, err = r.ReadRaw(r.ctx, p)
		r.wantErr(err, dugong.ErrConnectionTimedOut)
	}, once("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
}
