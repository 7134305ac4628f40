package dugong_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// A sealer is the server's end of a pipe. From armed on it keeps the sealed
// octets of the server instead of sending them.
type sealer struct {
	net.Conn
	armed bool
	kept  []byte
}

func (s *sealer) Write(p []byte) (int, error) {
	if s.armed {
		s.kept = append(s.kept, p...)
		return len(p), nil
	}
	return s.Conn.Write(p)
}

// sealedPipe is a connection under test whose peer does the handshake, reads n
// requests, seals each part of the answer as a record, and then hands the
// sealed octets to send.
func sealedPipe(t *testing.T, version uint16, n int, parts []string, send func(c net.Conn, sealed []byte)) *rig {
	client, server := net.Pipe()
	cfg := wiretest.ServerTLS(version, version)
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer server.Close()
		s := &sealer{Conn: server}
		c := tls.Server(s, cfg)
		buf := make([]byte, 4096)
		for asked := ""; strings.Count(asked, "\r\n\r\n") < n; {
			m, err := c.Read(buf)
			if err != nil {
				t.Errorf("the peer: %v", err)
				return
			}
			asked += string(buf[:m])
		}
		s.armed = true
		for _, part := range parts {
			c.Write([]byte(part))
		}
		send(server, s.kept)
	}()
	t.Cleanup(func() { <-over })
	conn := wakeable(t, client)
	d := dugong.Config{TLS: wiretest.ClientTLS(), Timeout: time.Minute, Dialer: func(context.Context, string, string) (net.Conn, error) { return conn, nil }}
	d.TLS.ServerName = "localhost"
	c, err := dugong.New("origin.test:1", &d)
	if err != nil {
		t.Fatal(err)
	}
	return &rig{c, t, wiretest.TLS, bubbleContext(t)}
}

// records are two answers in records that do not end where their parts do.
var records = []string{"HTTP/1.1 200 OK\r\nContent-Len", "gth: 5\r\n\r\nhel", "lo" + "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "world"}

var versions = map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13}

// takeAll reads up to two answers and says how many octets of bodies came.
func takeAll(r *rig) (answered int, got string, err error) {
	for answered < 2 {
		resp, err := r.ReadResponse(r.ctx)
		if err != nil {
			return answered, got, err
		}
		body, err := resp.Body.ReadAll()
		got += string(body)
		if err != nil {
			return answered, got, err
		}
		answered++
	}
	return answered, got, nil
}

func TestFaultsRecordCut(t *testing.T) {
	eachSealed(t, "sealed octets cut off", func(t *testing.T, version uint16) int {
		k, all := 0, 1
		for ; k <= all; k++ {
			complete := 0
			r := sealedPipe(t, version, 2, records, func(c net.Conn, sealed []byte) {
				all, complete = len(sealed), wholeRecords(sealed[:k])
				c.Write(sealed[:k])
			})
			r.get("/1")
			r.get("/2")
			answered, got, err := takeAll(r)
			text := strings.Join(records[:complete], "")
			row := fmt.Sprintf("%d sealed octets, %d records", k, complete)
			if want := bodiesIn(text); got != want || answered != len(want)/5 {
				t.Fatalf("%s: %d answers, bodies %q, want %q", row, answered, got, want)
			}
			if answered < 2 {
				e := asError(t, row, err)
				if e.Kind != dugong.ErrConnectionClosed || !errors.Is(e, io.ErrUnexpectedEOF) || len(r.Unanswered()) != 2-answered {
					t.Fatalf("%s: %v, unanswered %v", row, err, r.Unanswered())
				}
			}
			r.Close()
			noneBorrowed(t, row)
		}
		return k
	})
}

// wholeRecords counts the records that are there as a whole (RFC 8446 section 5.1).
func wholeRecords(p []byte) (n int) {
	for len(p) >= 5 {
		size := 5 + int(p[3])<<8 + int(p[4])
		if len(p) < size {
			break
		}
		p = p[size:]
		n++
	}
	return n
}

// bodiesIn is what a prefix of the answers has of bodies.
func bodiesIn(text string) (got string) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	for len(text) > len(head) {
		text = text[len(head):]
		n := min(5, len(text))
		got, text = got+text[:n], text[n:]
	}
	return got
}

// One octet of the sealed answers differs: what was in records before stands,
// then TLS has failed.
func TestFaultsRecordForged(t *testing.T) {
	eachSealed(t, "sealed octets forged", func(t *testing.T, version uint16) int {
		k, all := 0, 1
		for ; k < all; k++ {
			complete, header := 0, false
			r := sealedPipe(t, version, 2, records, func(c net.Conn, sealed []byte) {
				all = len(sealed)
				complete = wholeRecords(sealed[:k])
				header = k-recordStart(sealed, k) < 5
				sealed[k] ^= 1
				c.Write(sealed)
			})
			r.get("/1")
			r.get("/2")
			answered, got, err := takeAll(r)
			row := fmt.Sprintf("sealed octet %d of %d changed (header: %v)", k, all, header)
			want := bodiesIn(strings.Join(records[:complete], ""))
			if got != want || answered != len(want)/5 {
				t.Fatalf("%s: %d answers, bodies %q, want %q; %v", row, answered, got, want, err)
			}
			e := asError(t, row, err)
			if cutShort := header && errors.Is(e, io.ErrUnexpectedEOF); e.Kind != dugong.ErrTLS && !cutShort || len(r.Unanswered()) != 2-answered {
				t.Fatalf("%s: %v, unanswered %v", row, err, r.Unanswered())
			} else if !cutShort && (e.Fault != dugong.FaultPeer || dugong.IsTemporary(e)) {
				t.Fatalf("%s: %v: fault %s", row, e, e.Fault)
			}
			if _, err := r.ReadResponse(r.ctx); !errors.Is(err, dugong.ErrConnectionClosed) {
				t.Fatalf("%s: then %v", row, err)
			}
			r.Close()
			noneBorrowed(t, row)
		}
		return k
	})
}

// recordStart is where the record of octet k begins.
func recordStart(p []byte, k int) int {
	at := 0
	for at+5 <= len(p) {
		size := 5 + int(p[at+3])<<8 + int(p[at+4])
		if k < at+size {
			break
		}
		at += size
	}
	return at
}

// eachSealed runs rows in a bubble for each version of TLS.
func eachSealed(t *testing.T, topic string, rows func(*testing.T, uint16) int) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			wiretest.ServerTLS(version, version)
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				inBubble(t, m, func(t *testing.T) { tally(t, topic, rows(t, version)) })
			}, wiretest.TLSModes("", wiretest.Clock)...)
		})
	}
}
