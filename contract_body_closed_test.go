package dugong_test

import (
	"io"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// An earlier response announces close, its own body still to be read, while a
// request body is being sent. The peer reads no further (RFC 9112 section 9.6):
// the call says ErrConnectionClosed, and that of what it accepted.

const closingHead = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\n"

// A closer answers the first request by a head that closes, when it has
// the second one's head and is told to, and gives the body when told again. The
// steps are made by the test: in a bubble they have to be made there.
type closer struct{ taken, head, body step }

func newCloser() closer { return closer{newStep(), newStep(), newStep()} }

func (c *closer) script() wiretest.Script {
	return func(p *wiretest.Peer) {
		p.ReadRequest()
		p.ReadHead()
		c.taken.tell()
		p.Wait(c.head)
		p.Send(closingHead)
		p.Wait(c.body)
		p.Send("last")
		p.Drain()
	}
}

// A readingSource has read an earlier response by the time it gives its first
// octets.
type readingSource struct {
	r    *rig
	resp *dugong.Response
}

func (s *readingSource) Read(p []byte) (int, error) {
	if s.resp == nil {
		if err := s.r.Flush(s.r.ctx); err == nil {
			s.r.t.Error("Flush inside a send")
		}
		s.resp = s.r.read("/a", 200)
	}
	return copy(p, "source"), io.EOF
}

// closedInBody checks what the call ended with and what is left of the
// connection: the open response, and nothing to send.
func (r *rig) closedInBody(err error, written int64, resp *dugong.Response, peer closer) {
	r.t.Helper()
	if e := r.wantErr(err, dugong.ErrConnectionClosed); e.Written != written || e.Path != "/up" || e.Phase != dugong.PhaseWrite {
		r.t.Errorf("%v: written %d of %s in %s, want %d", e, e.Written, e.Path, e.Phase, written)
	}
	_, err = r.Write([]byte("x"))
	r.wantErr(err, dugong.ErrState) // it was told
	r.refuses(get("/b"), dugong.ErrConnectionClosed)
	peer.body.tell()
	r.wantBody(resp, []byte("last"))
	r.wantListed("/up 0 not sent")
}

// Inside ReadFrom, and inside SendRequest with BodyReader.
func TestContractClosedInSource(t *testing.T) {
	for name, send := range map[string]func(*rig, *readingSource) error{
		"ReadFrom": func(r *rig, s *readingSource) error {
			r.send(put("/up", dugong.BodyFollowing(100)))
			n, err := r.ReadFrom(s)
			if n != 0 {
				t.Errorf("ReadFrom accepted %d", n)
			}
			return err
		},
		"ReadFrom, chunked": func(r *rig, s *readingSource) error {
			r.send(put("/up", dugong.BodyChunked()))
			_, err := r.ReadFrom(s)
			return err
		},
		"BodyReader": func(r *rig, s *readingSource) error {
			return r.SendRequest(r.ctx, put("/up", dugong.BodyReader(s, 100)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			peer := newCloser()
			both(t, dugong.Config{}, func(r *rig) {
				r.get("/a")
				peer.head.tell()
				s := &readingSource{r: r}
				err := send(r, s)
				if s.resp == nil {
					r.t.Fatal("the source was not asked")
				}
				r.closedInBody(err, 0, s.resp, peer)
			}, peer.script())
		})
	}
}

// Inside Write and SendRequest with BodyBytes, which wait for a peer
// that takes no more while a reader gets the response: never success, with
// octets that were accepted and thrown away.
func TestContractClosedInWrite(t *testing.T) {
	const length = 1 << 20
	for name, send := range map[string]func(*rig, closer) error{
		"Write": func(r *rig, peer closer) error {
			r.send(put("/up", dugong.BodyFollowing(2*length)))
			peer.head.tell()
			n, err := r.Write(data(length))
			return accepted(r, n, err)
		},
		"Write, chunked": func(r *rig, peer closer) error {
			r.send(put("/up", dugong.BodyChunked()))
			peer.head.tell()
			n, err := r.Write(data(length))
			return accepted(r, n, err)
		},
		"BodyBytes": func(r *rig, peer closer) error {
			peer.head.tell()
			return r.SendRequest(r.ctx, put("/up", dugong.BodyBytes(data(length))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			var peer closer
			goroutines(t, dugong.Config{ReaderWaits: true}, func(r *rig) {
				peer = newCloser()
				r.get("/a")
				sending := begun(func() (int, error) { return 0, send(r, peer) })
				resp := r.read("/a", 200)
				err := (<-sending).err
				if e := r.wantErr(err, dugong.ErrConnectionClosed); e.Written >= length || e.Written == 0 {
					r.t.Errorf("%d octets of %d accepted", e.Written, length)
				}
				r.closedInBody(err, r.wantErr(err, dugong.ErrConnectionClosed).Written, resp, peer)
			}, peer.script())
		})
	}
}

// accepted checks that a Write and its error say the same.
func accepted(r *rig, n int, err error) error {
	if e := r.wantErr(err, dugong.ErrConnectionClosed); e.Written != int64(n) {
		r.t.Errorf("Write accepted %d, its error says %d", n, e.Written)
	}
	return err
}

// Inside EndBody. How much has to be written for it to wait is the library's
// affair: more and more, until it does. The peer takes what it will before each
// step, or chance would say whether EndBody waits or the Write before it.
func TestContractClosedInEndBody(t *testing.T) {
	waited := map[string]bool{}
	for writes := range 16 {
		var peer closer
		goroutines(t, dugong.Config{ReaderWaits: true}, func(r *rig) {
			if waited[r.m.String()] {
				return
			}
			peer = newCloser()
			r.get("/a")
			synctest.Wait()
			r.send(put("/up", dugong.BodyChunked()))
			for range writes {
				synctest.Wait()
				r.write(data(20_000))
			}
			synctest.Wait()
			var ended atomic.Bool
			sending := begun(func() (int, error) {
				defer ended.Store(true)
				return 0, r.EndBody(nil)
			})
			waits := !ended.Load()
			peer.head.tell()
			resp := r.read("/a", 200)
			err := (<-sending).err
			if waits {
				waited[r.m.String()] = true
				r.closedInBody(err, 0, resp, peer)
				return
			}
			if err != nil {
				r.t.Errorf("EndBody, which did not wait: %v", err)
			}
			peer.body.tell()
			r.wantBody(resp, []byte("last"))
		}, peer.script())
	}
	if len(waited) != 2 {
		t.Errorf("EndBody waited only in %v", waited)
	}
}

// Between two calls: the next one tells, once, whatever it is.
func TestContractClosedBetweenWrites(t *testing.T) {
	for name, send := range map[string]func(*rig) (int64, error){
		"Write": func(r *rig) (int64, error) {
			n, err := r.Write(data(10))
			return int64(n), err
		},
		"ReadFrom": func(r *rig) (int64, error) { return r.ReadFrom(endless(10)) },
		"EndBody":  func(r *rig) (int64, error) { return 0, r.EndBody(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			peer := newCloser()
			both(t, dugong.Config{}, func(r *rig) {
				r.get("/a")
				r.send(put("/up", dugong.BodyChunked()))
				r.write(data(10))
				peer.head.tell()
				resp := r.read("/a", 200)
				n, err := send(r)
				if n != 0 {
					r.t.Errorf("%d accepted", n)
				}
				r.closedInBody(err, 0, resp, peer)
			}, peer.script())
		})
	}
}
