package dugong_test

import (
	"bytes"
	"context"
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
	"github.com/dugong-http/dugong/internal/inside"
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

// pieces cuts wire, so that who reads it waits within bodies and framing.
func pieces(rnd *rand.Rand, wire string) (parts []string) {
	for len(wire) > 0 {
		n := someSize(rnd, len(wire))
		if rnd.IntN(8) == 0 {
			n = len(wire)
		}
		parts, wire = append(parts, wire[:n]), wire[n:]
	}
	return parts
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

// TestLargeResponses: bodies come as they were sent, and every octet of the wire
// is counted and traced once.
func TestLargeResponses(t *testing.T) {
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
				wire.WriteString(ok(body))
			}
			parts := pieces(rnd, wire.String())
			srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
				for range 3 * len(bodies) {
					p.ReadHead()
				}
				p.Send(parts...)
				p.ExpectClosed()
			})
			traced := 0
			r := newRig(t, m, srv.Addr, dugong.Config{TraceSecrets: true, Trace: func(e dugong.TraceEvent) {
				if !e.Sent {
					traced += len(e.Data)
				}
			}})
			for i := range bodies {
				r.get(fmt.Sprint("/", i))
				r.get(fmt.Sprint("/small", i))
				r.get(fmt.Sprint("/counted", i))
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
				if got, err = readSizes(rnd, r.read(fmt.Sprint("/counted", i), 200).Body); err != nil {
					t.Fatal(err)
				}
				r.same(got, body)
			}
			if _, _, taken := inside.Octets(r.Conn); int(taken) != wire.Len() || traced != wire.Len() {
				t.Errorf("%d octets taken and %d traced of %d", taken, traced, wire.Len())
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
			parts := pieces(rnd, wire[:cut]+garbage)
			srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
				p.ReadHead()
				p.TrySend(parts...) // the client ends it where it meets the garbage
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

// TestLargeRepeatable: a read past the window that ends with its context has
// consumed nothing, wherever in data and framing it was, and the next one goes on.
func TestLargeRepeatable(t *testing.T) {
	rnd := seeded(t)
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		body := data(300 << 10)
		for _, wire := range []string{ok(body), randomChunks(rnd, body)} {
			goOn, parts := newStep(), pieces(rnd, wire+ok([]byte("next")))
			srv := wiretest.Serve(t, m, func(p *wiretest.Peer) {
				p.ReadHead()
				p.ReadHead()
				for i, part := range parts {
					if p.Send(part); i < 12 {
						p.Wait(goOn)
					}
				}
				p.ExpectClosed()
			})
			r := newRig(t, m, srv.Addr, dugong.Config{})
			r.get("/")
			r.get("/next")
			var got []byte
			resp, p, over := (*dugong.Response)(nil), make([]byte, 256<<10), false
			for !over {
				ctx, cancel := context.WithTimeout(r.ctx, time.Millisecond)
				var n int
				var err error
				if resp == nil {
					resp, err = r.ReadResponse(ctx)
				} else {
					resp.Body.SetContext(ctx)
					n, err = resp.Body.Read(p[:someSize(rnd, len(p))])
				}
				cancel()
				got = append(got, p[:n]...)
				if over = err == io.EOF; err != nil && !over {
					r.wantErr(err, dugong.ErrCanceled)
					select {
					case goOn <- struct{}{}:
					default: // the peer has been told often enough
					}
				}
			}
			r.same(got, body)
			close(goOn)
			r.wantBody(r.read("/next", 200), []byte("next"))
			r.Close()
		}
	}, wiretest.Modes(wiretest.Waits()...)...)
}
