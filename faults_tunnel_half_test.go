package dugong_test

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// Either side ends its half of a tunnel after each number of octets; the other
// half goes on. On sockets, in clear and under TLS.
func TestFaultsTunnelHalfClose(t *testing.T) {
	const up = "octets upward"
	for _, s := range tunnelShapes {
		for k := 0; k <= len(up); k++ {
			for _, slowly := range []bool{false, true} {
				both(t, dugong.Config{}, func(r *rig) {
					conn := openTunnel(r, s)
					defer conn.Close()
					if got, err := io.ReadAll(conn); string(got) != tunnelData[:k] || err != nil {
						r.t.Errorf("%s, the peer ends after %d: %q, %v", s.name, k, got, err)
					}
					if _, err := io.WriteString(conn, up); err != nil {
						r.t.Error(err)
					}
					r.halfClose(conn)
				}, func(p *wiretest.Peer) {
					p.ReadHead()
					if send := p.Send; slowly {
						p.SendSlowly(s.head + tunnelData[:k])
					} else {
						send(s.head + tunnelData[:k])
					}
					p.CloseWrite()
					p.Expect(up)
					p.ExpectEOF()
				})
				both(t, dugong.Config{}, func(r *rig) {
					conn := openTunnel(r, s)
					defer conn.Close()
					if _, err := io.WriteString(conn, up[:k]); err != nil {
						r.t.Error(err)
					}
					r.halfClose(conn)
					if _, err := conn.Write([]byte("more")); err == nil {
						r.t.Error("a write after the end of the sending side worked")
					}
					if got, err := io.ReadAll(conn); string(got) != tunnelData || err != nil {
						r.t.Errorf("%s, we end after %d: %q, %v", s.name, k, got, err)
					}
				}, func(p *wiretest.Peer) {
					p.ReadHead()
					p.Send(s.head)
					p.Expect(up[:k])
					p.ExpectEOF()
					if slowly {
						p.SendSlowly(tunnelData)
					} else {
						p.Send(tunnelData)
					}
					p.CloseWrite()
				})
			}
		}
		tally(t, "half-closed tunnels", 8*(len(up)+1))
	}
}

func openTunnel(r *rig, s tunnelShape) net.Conn {
	r.t.Helper()
	r.send(s.open())
	if resp, err := r.ReadResponse(r.ctx); err != nil || resp.Status != s.status {
		r.t.Fatal(resp, err)
	}
	conn, err := r.Hijack()
	if err != nil {
		r.t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(wiretest.DefaultGuard))
	return conn
}

func (r *rig) halfClose(conn net.Conn) {
	r.t.Helper()
	if err := conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		r.t.Error(err)
	}
}

// The peer takes k octets of what goes upward through a tunnel and then the
// accident comes: the write that is stuck ends with an error, and what the peer
// has is the beginning of what was written.
func TestFaultsTunnelStuckWrite(t *testing.T) {
	upward := strings.Repeat("0123456789abcdef", 16<<10) // more than anything on the way takes
	for _, a := range []accident{byEOF, byCut, byReset, byDeadline, byClose} {
		wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
			if a == byCut && !m.TLS {
				return
			}
			t.Run(string(a), func(t *testing.T) {
				inBubble(t, m, func(t *testing.T) {
					rows := 0
					for k := 0; k <= 100; k += stride(m, 0) {
						over := newStep()
						r := piped(t, m, dugong.Config{}, 0, func(p *wiretest.Peer, f *faulty) {
							p.ReadHead()
							p.Send(tunnelShapes[0].head)
							if got := p.Read(k); got != upward[:k] {
								p.Fatalf("after %d octets: %q came through", k, got)
							}
							switch a {
							case byEOF:
								p.Close()
							case byReset:
								f.reset.Store(true)
								p.CloseAbruptly()
							case byCut:
								p.CloseAbruptly()
							default:
								p.Wait(over)
								p.CloseAbruptly()
							}
						})
						conn := openTunnel(r, tunnelShapes[0])
						conn.SetDeadline(time.Time{})
						switch a {
						case byDeadline:
							conn.SetWriteDeadline(time.Now().Add(time.Second))
						case byClose:
							time.AfterFunc(time.Second, func() { conn.Close() })
						}
						n, err := io.WriteString(conn, upward)
						if err == nil || n == len(upward) || a == byDeadline && !errors.Is(err, os.ErrDeadlineExceeded) {
							t.Fatalf("%s after %d octets: %d written, %v", a, k, n, err)
						}
						over.tell()
						conn.Close()
						r.Close()
						noneBorrowed(t, string(a))
						rows++
					}
					tally(t, "writes stuck in tunnels", rows)
				})
			})
		}, wiretest.Plain, wiretest.TLS)
	}
}
