package dugong_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"testing/iotest"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Large bodies go past the window and past what is gathered, by vectored system
// calls and by squeezing chunks in place. So they are tried with chunks and with
// memory of all sizes at random, with other answers behind them, in every mode.

func seeded(t *testing.T) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv("DUGONG_SEED"), 10, 64); err == nil {
		seed = s
	}
	t.Logf("DUGONG_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 9))
}

// someSize favours the sizes at which the way of the octets changes.
func someSize(rnd *rand.Rand, most int) int {
	edges := []int{1, 7, 100, 4 << 10, 32 << 10, 64 << 10, 256 << 10, 1 << 20}
	n := edges[rnd.IntN(len(edges))]
	if rnd.IntN(2) == 0 {
		n += rnd.IntN(41) - 20
	} else {
		n = 1 + rnd.IntN(n)
	}
	return min(max(n, 1), most)
}

func randomChunks(rnd *rand.Rand, body []byte) string {
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
	same := someSize(rnd, 1<<20)
	for rest := body; len(rest) > 0; {
		n := min(same, len(rest))
		if rnd.IntN(4) == 0 {
			n = someSize(rnd, len(rest))
		}
		extension := ""
		if rnd.IntN(8) == 0 {
			extension = ";name=\"value of some length\""
		}
		fmt.Fprintf(&b, "%x%s\r\n%s\r\n", n, extension, rest[:n])
		rest = rest[n:]
	}
	b.WriteString("0\r\nSum: " + fmt.Sprintf("%x", sha256.Sum256(body)) + "\r\n\r\n")
	return b.String()
}

// readSizes reads the body with memory of random sizes, each filled with other
// octets first.
func readSizes(rnd *rand.Rand, body *dugong.Body) ([]byte, error) {
	var got []byte
	memory := make([]byte, 1<<20)
	for {
		p := memory[:someSize(rnd, len(memory))]
		n, err := body.Read(p)
		got = append(got, p[:n]...)
		switch {
		case err == io.EOF:
			return got, nil
		case err != nil:
			return got, err
		}
	}
}

// rounds: the ways of the octets differ between plain and TLS, less so between
// the ways to wait.
func rounds(m wiretest.Mode) int {
	if testing.Short() || m.Wait != "" {
		return 1
	}
	return 5
}

func TestLargeChunkedResponses(t *testing.T) {
	rnd := seeded(t)
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		for range rounds(m) {
			var bodies [][]byte
			var wire bytes.Buffer
			for i := range 4 {
				body := data(rnd.IntN(1 << 20))[i:]
				bodies = append(bodies, body)
				wire.WriteString(randomChunks(rnd, body))
				wire.WriteString(ok(body[:min(len(body), 300)]))
			}
			srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
				for range 2 * len(bodies) {
					p.ReadHead()
				}
				p.Send(wire.String())
				p.ExpectClosed()
			})
			r := newRig(t, m, srv.Addr, dugong.Config{})
			for i := range bodies {
				r.get(fmt.Sprint("/", i))
				r.get(fmt.Sprint("/small", i))
			}
			for i, body := range bodies {
				resp := r.read(fmt.Sprint("/", i), 200)
				got, err := readSizes(rnd, resp.Body)
				if err != nil {
					t.Fatal(err)
				}
				r.same(got, body)
				if want := fmt.Sprintf("%x", sha256.Sum256(body)); resp.Body.Trailer().Get("Sum") != want {
					t.Fatal("the trailer is lost")
				}
				r.wantBody(r.read(fmt.Sprint("/small", i), 200), body[:min(len(body), 300)])
			}
			r.Close()
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// TestLargeChunkedCut: a stream that is cut off anywhere, or goes wrong, gives
// the octets before that and then an error.
func TestLargeChunkedCut(t *testing.T) {
	rnd := seeded(t)
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		for range 2 * rounds(m) {
			body := data(1 + rnd.IntN(1<<20))
			wire := randomChunks(rnd, body)
			cut := len(wire) - 1 - rnd.IntN(len(wire)-100)
			garbage := ""
			if rnd.IntN(2) == 0 {
				garbage = "\x00no framing"
			}
			srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
				p.ReadHead()
				p.Send(wire[:cut] + garbage)
				p.CloseWrite()
				p.Drain()
			})
			r := newRig(t, m, srv.Addr, dugong.Config{})
			r.get("/")
			resp, err := r.ReadResponse(r.ctx)
			if err == nil {
				var got []byte
				got, err = readSizes(rnd, resp.Body)
				if garbage == "" && !bytes.HasPrefix(body, got) {
					t.Fatalf("cut at %d of %d: %d octets that are not the beginning", cut, len(wire), len(got))
				}
			}
			var e *dugong.Error
			if !errors.As(err, &e) {
				t.Fatalf("cut at %d of %d: %v", cut, len(wire), err)
			}
			r.Close()
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// TestLargeUploads: the octets arrive as they were given, whatever the sizes of
// the writes and however little the peer takes at a time.
func TestLargeUploads(t *testing.T) {
	rnd := seeded(t)
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		for range rounds(m) {
			body := data(rnd.IntN(2 << 20))
			srv := wiretest.Setup{Mode: m, ReadBuffer: 8 << 10}.Serve(t, func(p *wiretest.Peer) {
				got := p.ReadRequest().Body
				p.Send(ok(fmt.Appendf(nil, "%d %x", len(got), sha256.Sum256([]byte(got)))))
				p.ExpectClosed()
			})
			r := newRig(t, m, srv.Addr, dugong.Config{Dialer: smallBuffer})
			uploadSomehow(r, rnd, body)
			r.wantBody(r.read("/", 200), fmt.Appendf(nil, "%d %x", len(body), sha256.Sum256(body)))
			r.Close()
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}

// uploadSomehow sends body in one of the ways there are.
func uploadSomehow(r *rig, rnd *rand.Rand, body []byte) {
	way := rnd.IntN(5)
	chunked := way%2 == 0
	announced := dugong.BodyFollowing(int64(len(body)))
	switch {
	case chunked:
		announced = dugong.BodyChunked()
	case way == 3:
		announced = dugong.BodyBytes(body)
	}
	r.send(&dugong.Request{Method: "PUT", Path: "/", Body: announced})
	switch way {
	case 0, 1: // writes of random sizes, of memory that is used again
		memory := make([]byte, 1<<20)
		for rest := body; len(rest) > 0; {
			n := copy(memory[:someSize(rnd, min(len(rest), len(memory)))], rest)
			r.write(memory[:n])
			clear(memory[:n])
			rest = rest[n:]
		}
	case 2: // a reader, in pieces as it likes
		if n, err := r.ReadFrom(iotest.HalfReader(bytes.NewReader(body))); n != int64(len(body)) || err != nil {
			r.t.Fatal(n, err)
		}
	case 4: // one write
		r.write(body)
	}
	if chunked {
		if err := r.EndBody(nil); err != nil {
			r.t.Fatal(err)
		}
	}
}
