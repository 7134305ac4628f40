package dugong_test

import (
	"errors"
	"io"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Grammar errors and contradictions of framing fail ReadResponse itself: the
// connection is dead, and no later response is delivered.
func TestContractFramingInvalid(t *testing.T) {
	for name, head := range map[string]string{
		"no HTTP":                 "SSH-2.0-OpenSSH\r\n\r\n",
		"field without colon":     "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
		"both framings":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
		"differing lengths":       "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
		"malformed length":        "HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n",
		"coding in 1.0":           "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
		"101 that nobody asked":   "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
		"malformed status":        "HTTP/1.1 2000 OK\r\n\r\n",
		"blank before the colon":  "HTTP/1.1 200 OK\r\nContent-Length : 3\r\n\r\n",
		"chunked twice":           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
		"another line terminator": "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
	} {
		t.Run(name, func(t *testing.T) {
			both(t, dugong.Config{}, func(r *rig) {
				r.get("/a")
				r.get("/b")
				e := r.fails(dugong.ErrInvalidResponse)
				if e.Path != "/a" || e.Fault != dugong.FaultPeer || dugong.IsTemporary(e) || e.MaybeProcessed != 2 {
					r.t.Errorf("%v: fault %s", e, e.Fault)
				}
				r.fails(dugong.ErrConnectionClosed)
				r.refuses(get("/c"), dugong.ErrConnectionClosed)
				if n := len(r.Unanswered()); n != 2 {
					r.t.Errorf("%d unanswered", n)
				}
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.ReadRequest()
				p.TrySend(head + "abc" + ok([]byte("second")))
				p.ExpectClosed()
			})
		})
	}
}

// Only what is sound and cannot be framed is stored: ReadResponse gives status
// and header, every body call the error, ReadRaw works until Close or Reset,
// every other call gives ErrConnectionClosed.
func TestContractFramingUnsupported(t *testing.T) {
	for name, field := range map[string]string{
		"unknown coding":   "Transfer-Encoding: gzip\r\n",
		"chunked not last": "Transfer-Encoding: chunked, gzip\r\n",
		"no framing":       "",
	} {
		t.Run(name, func(t *testing.T) {
			both(t, dugong.Config{}, func(r *rig) {
				r.get("/a")
				r.get("/b")
				resp := r.read("/a", 200)
				if resp.Header.Get("A") != "1" || resp.Length != -1 {
					r.t.Errorf("A %q, length %d", resp.Header.Get("A"), resp.Length)
				}
				for range 2 {
					_, err := resp.Body.Read(make([]byte, 3))
					r.wantErr(err, dugong.ErrUnsupportedResponse)
					_, err = resp.Body.Read(nil)
					r.wantErr(err, dugong.ErrUnsupportedResponse)
					_, err = resp.Body.ReadAll()
					r.wantErr(err, dugong.ErrUnsupportedResponse)
					_, err = resp.Body.Discard()
					r.wantErr(err, dugong.ErrUnsupportedResponse)
					_, err = io.Copy(io.Discard, resp.Body)
					r.wantErr(err, dugong.ErrUnsupportedResponse)
				}
				r.fails(dugong.ErrConnectionClosed)
				r.refuses(get("/c"), dugong.ErrConnectionClosed)
				r.wantErr(resp.Body.Close(), dugong.ErrUnsupportedResponse)
				raw := make([]byte, 8)
				for at := 0; at < len(raw); {
					n, err := r.ReadRaw(r.ctx, raw[at:])
					if at += n; err != nil {
						r.t.Fatal(err)
					}
				}
				r.same(raw, []byte("raw body"))
				for range 2 {
					if n, err := r.ReadRaw(r.ctx, raw); n != 0 || err != io.EOF {
						r.t.Errorf("%d, %v at the end", n, err)
					}
				}
				_, err := resp.Body.ReadAll()
				r.wantErr(err, dugong.ErrUnsupportedResponse)
				if left := r.Unanswered(); len(left) != 2 || left[0].Status != 200 || left[1].Path != "/b" {
					r.t.Errorf("unanswered: %+v", left)
				}
				r.Reset()
				_, err = r.ReadRaw(r.ctx, raw)
				r.wantErr(err, dugong.ErrConnectionClosed)
				r.exchange("/d", "/d")
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.Send("HTTP/1.1 200 OK\r\nA: 1\r\n" + field + "\r\nraw body")
				p.Linger()
			}, serving(1))
		})
	}
}

// A response without framing is read until close when its close was announced
// or on opt-in, and the end must be clean.
func TestContractFramingUntilClose(t *testing.T) {
	for name, c := range map[string]struct {
		head string
		opt  bool
	}{
		"announced": {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", false},
		"1.0":       {"HTTP/1.0 200 OK\r\n\r\n", false},
		"opt-in":    {"HTTP/1.1 200 OK\r\n\r\n", true},
		"member":    {"HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			both(t, dugong.Config{ReadUntilClose: c.opt}, func(r *rig) {
				r.get("/a")
				resp := r.read("/a", 200)
				if resp.Length != -1 || !resp.Close {
					r.t.Errorf("length %d, close %v", resp.Length, resp.Close)
				}
				r.wantBody(resp, data(100_000))
				r.wantBody(resp, nil)
				r.wantPending(0)
				if left := r.Unanswered(); len(left) != 0 {
					r.t.Errorf("unanswered: %v", left)
				}
				r.refuses(get("/b"), dugong.ErrConnectionClosed)
			}, func(p *wiretest.Peer) {
				p.ReadRequest()
				p.Send(c.head, string(data(100_000)))
				p.Linger()
			})
		})
	}
}

// Until close over TLS without close_notify is never a whole body, nor is one
// that a reset ended; what came is given out first.
func TestContractFramingUntilCloseCutOff(t *testing.T) {
	given := newStep()
	for _, reset := range []bool{true, false} {
		try := both
		if !reset {
			try = onlyTLS // a plain end is clean
		}
		try(t, dugong.Config{}, func(r *rig) {
			r.get("/a")
			resp := r.read("/a", 200)
			got := make([]byte, 4)
			if _, err := io.ReadFull(resp.Body, got); err != nil {
				r.t.Fatal(err)
			}
			given.tell()
			rest, err := resp.Body.ReadAll()
			e := r.wantErr(err, dugong.ErrConnectionClosed)
			if !reset && !errors.Is(e, io.ErrUnexpectedEOF) || !dugong.IsTemporary(e) || e.Phase != dugong.PhaseBody || len(rest) != 0 {
				r.t.Errorf("%v: phase %s, %d octets", e, e.Phase, len(rest))
			}
			if left := r.Unanswered(); len(left) != 1 || left[0].Status != 200 || left[0].Verdict != dugong.MaybeProcessed {
				r.t.Errorf("unanswered: %+v", left)
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "abcd")
			p.Wait(given)
			if reset {
				p.Reset()
			} else {
				p.Truncate()
			}
		})
	}
}

// A read that meets the end of the stream inside a body gives what came, then
// ErrConnectionClosed with io.ErrUnexpectedEOF; final, and again each time.
func TestContractFramingShortBody(t *testing.T) {
	for _, body := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
	} {
		both(t, dugong.Config{}, func(r *rig) {
			r.get("/a")
			resp := r.read("/a", 200)
			got, err := resp.Body.ReadAll()
			r.same(got, []byte("abc"))
			for range 2 {
				if e := r.wantErr(err, dugong.ErrConnectionClosed); !errors.Is(e, io.ErrUnexpectedEOF) {
					r.t.Error(err)
				}
				_, err = resp.Body.Read(got)
			}
		}, func(p *wiretest.Peer) {
			p.ReadRequest()
			p.Send(body)
			p.Linger()
		})
	}
}
