package dugong_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What becomes of a large body whose way is barred in the middle, on sockets:
// there a call sends the octets of its caller straight from where they are, and
// waits in the middle of a chunk.

const stuckLength = 1 << 20

// A stuckUpload is one way to send one body.
type stuckUpload struct {
	*rig
	chunked, reader bool
	body            []byte
	piece           int // octets that a write or the source gives at most
	source          io.Reader
	at              int // octets accepted so far
}

// begin sends the head.
func (u *stuckUpload) begin() {
	announced := dugong.BodyFollowing(int64(len(u.body)))
	if u.chunked {
		announced = dugong.BodyChunked()
	}
	u.send(put("/put", announced))
}

// goOn sends what is left of the body, as far as that goes.
func (u *stuckUpload) goOn() (err error) {
	for u.at < len(u.body) && err == nil {
		var n int64
		if u.reader {
			n, err = u.ReadFrom(u.source)
		} else {
			var m int
			m, err = u.Write(u.body[u.at:min(len(u.body), u.at+u.piece)])
			n = int64(m)
		}
		u.at += int(n)
		if err != nil && asError(u.t, "", err).Written != n {
			u.t.Fatalf("%d octets accepted, but Written is %d: %v", n, asError(u.t, "", err).Written, err)
		}
	}
	return err
}

func (u *stuckUpload) end() {
	if u.chunked {
		if err := u.EndBody(nil); err != nil {
			u.t.Fatal(err)
		}
	}
}

// stuckUploads runs body in every mode, for both framings and both ways to give
// the octets, beside a peer that has small buffers and plays the script.
func stuckUploads(t *testing.T, cfg dugong.Config, body func(u *stuckUpload), script wiretest.Script) {
	rnd := seeded(t)
	cfg.Dialer = smallBuffer
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		for i := range 4 * min(rounds(m), 2) {
			srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10}.Serve(t, script)
			u := &stuckUpload{rig: newRig(t, m, srv.Addr, cfg), chunked: i&1 > 0, reader: i&2 > 0, body: randomBody(rnd, stuckLength), piece: someSize(rnd, stuckLength)}
			u.piece = max(u.piece, 1000)
			u.source = &inPieces{u.body, u.piece}
			body(u)
			u.Close()
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// inPieces is a source that gives at most most octets at a time.
type inPieces struct {
	left []byte
	most int
}

func (s *inPieces) Read(p []byte) (int, error) {
	if len(s.left) == 0 {
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), s.most)], s.left)
	s.left = s.left[n:]
	return n, nil
}

// randomBody has no two parts alike, so that nothing passes in a wrong place.
func randomBody(rnd *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(rnd.Uint32())
	}
	return p
}

// summed reads the body of r and answers with its sum.
func summed(p *wiretest.Peer, r *wiretest.Request) {
	p.ReadBody(r)
	p.Send(ok([]byte(sumOf([]byte(r.Body)))))
	p.ExpectClosed()
}

func sumOf(body []byte) string { return fmt.Sprintf("%d %x", len(body), sha256.Sum256(body)) }

// The final response comes in the middle: the call says so, the response can be
// read, and the rest still arrives behind what was accepted.
func TestLargeStuckEarly(t *testing.T) {
	heard := newStep()
	stuckUploads(t, dugong.Config{}, func(u *stuckUpload) {
		u.begin()
		u.wantErr(u.goOn(), dugong.ErrEarlyResponse)
		heard.tell()
		u.wantBody(u.read("/put", 200), []byte("early"))
		if err := u.goOn(); err != nil {
			u.t.Fatal(err)
		}
		u.end()
		u.send(put("/sum", dugong.BodyBytes([]byte("more"))))
		u.wantBody(u.read("/sum", 200), []byte(sumOf(append(u.body, "more"...))))
	}, func(p *wiretest.Peer) {
		r := p.ReadHead()
		p.Send(ok([]byte("early")))
		p.Wait(heard)
		p.ReadBody(r)
		more := p.ReadRequest()
		p.Send(ok([]byte(sumOf([]byte(r.Body + more.Body)))))
		p.ExpectClosed()
	})
}

// It comes when the source of a body with a length has given all: the body is
// whole, so there is nothing to be told, and it ends. A last chunk behind it would
// be taken for the next request.
func TestLargeStuckEarlyWhole(t *testing.T) {
	rnd := seeded(t)
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		asked, sent := newStep(), newStep()
		srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10}.Serve(t, func(p *wiretest.Peer) {
			r := p.ReadHead()
			p.Wait(asked)
			p.Send(ok([]byte("early")))
			p.Wait(sent)
			p.ReadBody(r)
			more := p.ReadRequest()
			p.Send(ok([]byte(sumOf([]byte(r.Body + more.Body)))))
			p.ExpectClosed()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{Dialer: smallBuffer})
		body := randomBody(rnd, 200_000) // one read of the source
		r.send(put("/put", dugong.BodyFollowing(int64(len(body)))))
		if n, err := r.ReadFrom(&lastBreath{body, io.EOF, asked}); n != int64(len(body)) || err != nil {
			t.Fatal(n, err)
		}
		r.wantErr(r.EndBody(nil), dugong.ErrState)
		sent.tell()
		r.wantBody(r.read("/put", 200), []byte("early"))
		r.send(put("/sum", dugong.BodyBytes([]byte("more"))))
		r.wantBody(r.read("/sum", 200), []byte(sumOf(append(body, "more"...))))
		r.Close()
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// A source that fails is not asked again, whatever else there is to be told.
func TestLargeStuckSourceFails(t *testing.T) {
	failed := errors.New("the disk is gone")
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		asked, told := newStep(), newStep()
		srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10}.Serve(t, func(p *wiretest.Peer) {
			p.ReadHead()
			p.Wait(asked)
			p.Send(ok([]byte("early")))
			p.Wait(told)
			p.Drain()
		})
		r := newRig(t, m, srv.Addr, dugong.Config{Dialer: smallBuffer})
		r.send(put("/put", dugong.BodyChunked()))
		_, err := r.ReadFrom(&lastBreath{data(200_000), failed, asked})
		if e := r.wantErr(err, dugong.ErrBodySource); !errors.Is(e, failed) {
			t.Fatal(e)
		}
		told.tell()
		r.wantBody(r.read("/put", 200), []byte("early"))
		r.Close()
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// A lastBreath gives its error together with its last octets, and tells when it
// is asked for octets.
type lastBreath struct {
	left  []byte
	err   error
	asked step
}

func (s *lastBreath) Read(p []byte) (n int, err error) {
	s.asked.tell()
	n = copy(p, s.left)
	if s.left = s.left[n:]; len(s.left) == 0 {
		err, s.err = s.err, io.EOF // it does not give it twice
	}
	return n, err
}

// The peer takes nothing before an earlier response is read: the call says so,
// and goes on behind that.
func TestLargeStuckFull(t *testing.T) {
	first := data(8 << 20)
	stuckUploads(t, dugong.Config{ReadAhead: 100_000}, func(u *stuckUpload) {
		u.get("/first")
		u.begin()
		u.wantErr(u.goOn(), dugong.ErrPipelineFull)
		u.wantBody(u.read("/first", 200), first)
		if err := u.goOn(); err != nil {
			u.t.Fatal(err)
		}
		u.end()
		u.wantBody(u.read("/put", 200), []byte(sumOf(u.body)))
	}, func(p *wiretest.Peer) {
		p.ReadHead()
		p.Send(ok(first))
		summed(p, p.ReadHead())
	})
}

// A wait that lasts too long, or is given up: the body is lost, all that was
// accepted of it still arrives, with nothing behind it, and the answer can be
// read.
func TestLargeStuckCut(t *testing.T) {
	const soon = 30 * time.Millisecond
	for _, kind := range []error{dugong.ErrConnectionTimedOut, dugong.ErrCanceled} {
		t.Run(kind.Error(), func(t *testing.T) {
			accepted := make(chan int, 1)
			stuckUploads(t, dugong.Config{}, func(u *stuckUpload) {
				u.begin()
				if kind == dugong.ErrConnectionTimedOut {
					u.SetTimeout(soon)
				} else {
					ctx, stop := context.WithTimeout(u.ctx, soon)
					defer stop()
					u.SetWriteContext(ctx)
				}
				u.wantErr(u.goOn(), kind)
				u.SetTimeout(wiretest.DefaultGuard)
				accepted <- u.at
				u.wantBody(u.read("/put", 408), []byte(sumOf(u.body[:u.at])))
			}, func(p *wiretest.Peer) {
				r := p.ReadHead()
				body := beginning(p, r, <-accepted)
				p.Send("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n" + strings.TrimPrefix(ok([]byte(sumOf(body))), "HTTP/1.1 200 OK\r\n"))
				p.ExpectClosed()
			})
		})
	}
}

// beginning reads the first n octets of a body, with the framing around them.
func beginning(p *wiretest.Peer, r *wiretest.Request, n int) []byte {
	if !r.Chunked {
		return []byte(p.Read(n))
	}
	var body []byte
	for len(body) < n {
		line := ""
		for !strings.HasSuffix(line, "\r\n") {
			line += p.Read(1)
		}
		size, err := strconv.ParseUint(strings.TrimSuffix(line, "\r\n"), 16, 31)
		if err != nil || int(size) > n-len(body) {
			p.Fatalf("behind %d of %d octets: a chunk of %q", len(body), n, line)
		}
		body = append(body, p.Read(int(size))...)
		p.Expect("\r\n")
	}
	return body
}
