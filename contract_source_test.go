package dugong_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// put is a PUT with this body.
func put(path string, body dugong.RequestBody) *dugong.Request {
	return &dugong.Request{Method: "PUT", Path: path, Body: body}
}

// BodyBytes and BodyReader are the same on the wire as BodyFollowing plus Write.
func TestContractSourceSameOnTheWire(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/", dugong.BodyBytes([]byte("the body"))))
		r.send(put("/", dugong.BodyReader(strings.NewReader("the body"), 8)))
		r.send(put("/", dugong.BodyFollowing(8)))
		r.write([]byte("the "))
		r.write(nil)
		r.write([]byte("body"))
		for range 3 {
			r.read("/", 204)
		}
	}, func(p *wiretest.Peer) {
		first := p.ReadRequest()
		if first.Body != "the body" {
			p.Fatalf("body %q", first.Body)
		}
		for range 2 {
			if next := p.ReadRequest(); next.Raw != first.Raw {
				p.Fatalf("%q is not the same as %q", next.Raw, first.Raw)
			}
		}
		for range 3 {
			p.Send("HTTP/1.1 204 OK\r\n\r\n")
		}
		p.ExpectClosed()
	})
}

// A source shorter than announced is io.ErrUnexpectedEOF; the connection is
// dead for sending, the answer can be read.
func TestContractSourceShort(t *testing.T) {
	told := newStep()
	both(t, dugong.Config{}, func(r *rig) {
		e := r.refuses(put("/", dugong.BodyReader(strings.NewReader("abc"), 10)), dugong.ErrBodySource)
		if !errors.Is(e, io.ErrUnexpectedEOF) || e.Written != 3 || e.Fault != dugong.FaultCaller || dugong.IsTemporary(e) {
			r.t.Errorf("%v: written %d, fault %s", e, e.Written, e.Fault)
		}
		r.refusesOwn(get("/b"))
		_, err := r.Write([]byte("x"))
		if err == nil {
			r.t.Error("the body goes on")
		}
		told.tell()
		r.read("/", 400)
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Wait(told)
		p.Send("HTTP/1.1 400 Short\r\nContent-Length: 0\r\n\r\n")
		p.Drain()
	})
}

// refusesOwn: sending is over, and it was the caller's doing.
func (r *rig) refusesOwn(q *dugong.Request) {
	r.t.Helper()
	if e := r.refuses(q, dugong.ErrConnectionClosed); e.Fault != dugong.FaultCaller {
		r.t.Errorf("%v: fault %s", e, e.Fault)
	}
}

type brokenSource struct{ err error }

func (b brokenSource) Read(p []byte) (int, error) { return copy(p, "ab"), b.err }

// The error of a source is wrapped; what it gave before was accepted.
func TestContractSourceBroken(t *testing.T) {
	cause := errors.New("disk on fire")
	both(t, dugong.Config{}, func(r *rig) {
		e := r.refuses(put("/", dugong.BodyReader(brokenSource{cause}, 10)), dugong.ErrBodySource)
		if !errors.Is(e, cause) || e.Written != 2 {
			r.t.Errorf("%v: written %d", e, e.Written)
		}
		r.refusesOwn(get("/b"))
		if e := r.wantErr(r.Flush(r.ctx), dugong.ErrConnectionClosed); e.Fault != dugong.FaultCaller {
			r.t.Errorf("%v: fault %s", e, e.Fault)
		}
	}, func(p *wiretest.Peer) { p.Drain() })
}

// A source that fails when it has given all has broken nothing, whether it says so
// with the last octets or behind them.
func TestContractSourceBrokenBehind(t *testing.T) {
	cause := errors.New("disk on fire")
	for name, source := range map[string]func() io.Reader{
		"with":   func() io.Reader { return brokenSource{cause} },
		"behind": func() io.Reader { return io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(cause)) },
	} {
		both(t, dugong.Config{}, func(r *rig) {
			e := r.refuses(put("/a", dugong.BodyReader(source(), 2)), dugong.ErrBodySource)
			if !errors.Is(e, cause) || e.Written != 2 {
				r.t.Errorf("%s the last octets: %v: written %d", name, e, e.Written)
			}
			r.wantBody(r.read("/a", 200), []byte("/a"))
			r.exchange("/b", "/b")
		}, serving(2))
	}
}

// lyingSource says that it has read so many octets more than there is room for; or,
// with a negative number, less than nothing.
type lyingSource int

func (l lyingSource) Read(p []byte) (int, error) {
	if l < 0 {
		return int(l), nil
	}
	return len(p) + int(l), nil
}

// A source that gives a count which cannot be is broken, and nothing of it is sent:
// behind the room that it was given there are octets of other bodies.
func TestContractSourceLies(t *testing.T) {
	for _, lie := range []lyingSource{-1, 1, 300} {
		for _, length := range []int64{3, 1 << 20, -1, 0} { // -1: chunked
			both(t, dugong.Config{}, func(r *rig) {
				var err error
				switch length {
				case -1:
					r.send(put("/", dugong.BodyChunked()))
					_, err = r.ReadFrom(lie)
				default:
					err = r.SendRequest(r.ctx, put("/", dugong.BodyReader(lie, length)))
				}
				e := r.wantErr(err, dugong.ErrBodySource)
				if e.Written != 0 || !strings.Contains(e.Error(), "io.Reader forbids") {
					r.t.Errorf("%v: written %d", e, e.Written)
				}
				if length != 0 {
					r.refusesOwn(get("/b"))
				}
				r.Close()
			}, func(p *wiretest.Peer) {
				p.ReadHead()
				if n := p.Drain(); n != 0 {
					p.Fatalf("%d octets of a body came", n)
				}
			})
		}
	}
}

// A source longer than announced: exactly n octets are sent, then
// ErrExcessBodyData; the request is complete and the connection unhurt. By
// BodyReader and by ReadFrom, and for n = 0.
func TestContractSourceLong(t *testing.T) {
	for _, body := range []string{"", "abc", string(data(100_000))} {
		n := int64(len(body))
		both(t, dugong.Config{}, func(r *rig) {
			r.refuses(put("/a", dugong.BodyReader(strings.NewReader(body+"more"), n)), dugong.ErrExcessBodyData)
			r.wantPending(1)
			r.read("/a", 204)
			if n > 0 {
				r.send(put("/b", dugong.BodyFollowing(n)))
				m, err := r.ReadFrom(strings.NewReader(body + "more"))
				if e := r.wantErr(err, dugong.ErrExcessBodyData); m != n || e.Written != n {
					r.t.Errorf("ReadFrom took %d, wrote %d, want %d", m, e.Written, n)
				}
				r.wantPending(1)
				r.read("/b", 204)
			}
			r.exchange("/c", "/c")
		}, func(p *wiretest.Peer) {
			for range min(n, 1) + 1 {
				if q := p.ReadRequest(); q.Body != body {
					p.Fatalf("a body of %d octets came, want %d", len(q.Body), n)
				}
				p.Send("HTTP/1.1 204 OK\r\n\r\n")
			}
			serving(1)(p)
		})
	}
}

// ReadFrom sends a source up to its end, in as many calls as there are sources.
func TestContractSourceReadFromInParts(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/a", dugong.BodyFollowing(6)))
		for _, part := range []string{"ab", "", "cdef"} {
			if n, err := r.ReadFrom(strings.NewReader(part)); n != int64(len(part)) || err != nil {
				r.t.Fatalf("ReadFrom: %d, %v", n, err)
			}
		}
		r.read("/a", 204)
		r.send(put("/b", dugong.BodyChunked()))
		w := r.BodyWriter()
		if n, err := io.Copy(w, strings.NewReader("chunk")); n != 5 || err != nil {
			r.t.Fatalf("Copy: %d, %v", n, err)
		}
		if err := errors.Join(w.Close(), w.Close()); err != nil {
			r.t.Fatal(err)
		}
		r.read("/b", 204)
	}, func(p *wiretest.Peer) {
		for _, want := range []string{"abcdef", "chunk"} {
			if q := p.ReadRequest(); q.Body != want || q.Chunked != (want == "chunk") {
				p.Fatalf("body %q, chunked %v", q.Body, q.Chunked)
			}
			p.Send("HTTP/1.1 204 OK\r\n\r\n")
		}
		p.ExpectClosed()
	})
}

// BodyWriter.Close of a counted body that is too short is ErrState, of a
// complete one nothing.
func TestContractSourceBodyWriterClose(t *testing.T) {
	both(t, dugong.Config{}, func(r *rig) {
		r.send(put("/a", dugong.BodyFollowing(3)))
		short := r.BodyWriter()
		r.write([]byte("a"))
		r.wantErr(short.Close(), dugong.ErrState)
		w := r.BodyWriter()
		if _, err := io.WriteString(w, "bc"); err != nil {
			r.t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			r.t.Fatal(err)
		}
		r.read("/a", 204)
		r.send(put("/b", dugong.BodyFollowing(0)))
		if err := r.BodyWriter().Close(); err != nil {
			r.t.Fatal(err)
		}
		r.read("/b", 204)
	}, func(p *wiretest.Peer) {
		for _, want := range []string{"abc", ""} {
			if q := p.ReadRequest(); q.Body != want {
				p.Fatalf("body %q", q.Body)
			}
			p.Send("HTTP/1.1 204 OK\r\n\r\n")
		}
		p.ExpectClosed()
	})
}
