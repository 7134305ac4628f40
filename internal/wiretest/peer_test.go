package wiretest

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const request = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n"
const response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

func TestScriptsRunInOrderOfConnections(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		srv := Serve(t, m,
			func(p *Peer) { p.Expect(request); p.Send("first"); p.ExpectCloseNotify() },
			func(p *Peer) { p.Expect(request); p.Send("second"); p.ExpectEOF() })
		for _, want := range []string{"first", "second"} {
			c := dial(t, m, srv)
			c.send(request)
			c.expect(want)
			c.Close()
		}
	})
}

func TestNetworks(t *testing.T) {
	for _, network := range []string{"tcp4", "tcp6", "unix"} {
		t.Run(network, func(t *testing.T) {
			Each(t, func(t *testing.T, m Mode) {
				s := Setup{Mode: m, Network: network, Repeat: true, ReadBuffer: 4096, WriteBuffer: 4096}
				srv := s.Serve(t, func(p *Peer) { p.Expect(request); p.Send("ok"); p.ExpectEOF() })
				for range 3 {
					c := dial(t, m, srv)
					c.send(request)
					c.expect("ok")
					c.Close()
				}
			})
		})
	}
}

func TestSendSlowly(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		srv := Serve(t, m, func(p *Peer) { p.SendSlowly(response); p.ExpectEOF() })
		c := dial(t, m, srv)
		c.expect(response)
		c.Close()
	})
}

func TestWaysToClose(t *testing.T) {
	for _, c := range []struct {
		name       string
		script     Script
		plain, tls error // what ends reading, nil for a clean end
	}{
		{"Close", func(p *Peer) { p.Send("x"); p.Close() }, nil, nil},
		{"return", func(p *Peer) { p.Send("x") }, nil, nil},
		{"CloseWrite", func(p *Peer) { p.Send("x"); p.CloseWrite(); p.ExpectClosed() }, nil, nil},
		{"Linger", func(p *Peer) { p.Send("x"); p.Linger() }, nil, nil},
		{"Reset", func(p *Peer) { p.Send("x"); p.Expect("!"); p.Reset() }, errReset, errReset},
	} {
		t.Run(c.name, func(t *testing.T) {
			Each(t, func(t *testing.T, m Mode) {
				srv := Serve(t, m, c.script)
				cl := dial(t, m, srv)
				cl.expect("x")
				if c.name == "Reset" {
					cl.send("!")
				}
				got, err := cl.rest()
				if want := map[bool]error{false: c.plain, true: c.tls}[m.TLS]; got != "" || !sameEnd(err, want) {
					t.Errorf("after x: %q, %v; want %v", got, err, want)
				}
				cl.Close()
			})
		})
	}
}

var errReset = errors.New("reset")

func sameEnd(err, want error) bool {
	if want == errReset {
		return isReset(err)
	}
	return errors.Is(err, want)
}

// TestCloseNotifyControl: a client that comes to the end without having read
// the FIN was told by close_notify.
func TestCloseNotifyControl(t *testing.T) {
	for _, c := range []struct {
		name   string
		script Script
		notify bool
	}{
		{"CloseNotify", func(p *Peer) { p.Send("x"); p.CloseNotify(); p.ExpectEOF() }, true},
		{"Close", func(p *Peer) { p.Send("x"); p.Close() }, true},
		{"Truncate", func(p *Peer) { p.Send("x"); p.Truncate(); p.ExpectEOF() }, false},
		{"CloseAbruptly", func(p *Peer) { p.Send("x"); p.CloseAbruptly() }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := dial(t, TLS, Serve(t, TLS, c.script))
			raw := &rawConn{Conn: cl.tcp}
			cfg := ClientTLS()
			cfg.ServerName = "127.0.0.1"
			cl.Conn = tls.Client(raw, cfg)
			if got, err := cl.rest(); got != "x" || err != nil || raw.eof == c.notify {
				t.Errorf("got %q, %v, FIN seen: %v; want close_notify: %v", got, err, raw.eof, c.notify)
			}
			cl.Close()
		})
	}
}

func TestStopReadingFillsSmallBuffers(t *testing.T) {
	blocked := make(chan struct{})
	srv := Setup{ReadBuffer: 4096}.Serve(t, func(p *Peer) {
		p.StopReading(blocked)
		p.Drain()
	})
	c := dial(t, Plain, srv)
	c.tcp.(*net.TCPConn).SetWriteBuffer(4096)
	c.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
	n, err := io.Copy(c.tcp, io.LimitReader(endless{}, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n > 64<<10 {
		t.Errorf("%d octets went into a peer that does not read, %v", n, err)
	}
	close(blocked)
	c.Close()
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestStartTLS(t *testing.T) {
	srv := Serve(t, Plain, func(p *Peer) {
		if r := p.ReadHead(); r.Method != "CONNECT" || r.Target != "origin:443" {
			p.Fatalf("%+v", r)
		}
		p.Send("HTTP/1.1 200 OK\r\n\r\n")
		p.StartTLS(ServerTLS(0, 0, "origin"))
		p.Expect(request)
		if v := p.TLS().Version; v != tls.VersionTLS13 {
			p.Fatalf("version %x", v)
		}
		p.Send("ok")
		p.ExpectCloseNotify()
	})
	c := dial(t, Plain, srv)
	c.send("CONNECT origin:443 HTTP/1.1\r\nHost: origin:443\r\n\r\n")
	c.expect("HTTP/1.1 200 OK\r\n\r\n")
	cfg := ClientTLS()
	cfg.ServerName = "origin"
	inside := &client{t, tls.Client(c.tcp, cfg), c.tcp}
	inside.send(request)
	inside.expect("ok")
	inside.Close()
}

// TestDrainOfACutRecord: the client goes away in the middle of a TLS record.
func TestDrainOfACutRecord(t *testing.T) {
	srv := Serve(t, TLS, func(p *Peer) {
		if n := p.Drain(); n != len(request) {
			p.Fatalf("drained %d octets", n)
		}
	})
	c := dial(t, TLS, srv)
	c.send(request)
	c.tcp.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3}) // 3 octets of a record of 100
	c.tcp.Close()
}

// TestPlayInBubble proves that a script over net.Pipe works where time is not real.
func TestPlayInBubble(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		synctest.Test(t, func(t *testing.T) {
			here, there := net.Pipe()
			Setup{Mode: m}.Play(t, there, func(p *Peer) { p.Expect(request); p.Send(response); p.ExpectEOF() })
			c := newClient(t, m, here)
			c.send(request)
			c.expect(response)
			c.Close()
		})
	})
}

func TestReadAndTrySend(t *testing.T) {
	Each(t, func(t *testing.T, m Mode) {
		srv := Serve(t, m, func(p *Peer) {
			if got := p.Read(5); got != "01234" {
				p.Fatalf("read %q", got)
			}
			p.Expect("56789")
			p.ExpectNothing()
			p.Send("go")
			p.ExpectClosed()
			p.Close()
			if p.TrySend(strings.Repeat("x", 10)) == nil {
				p.Fatalf("sent after closing")
			}
		})
		c := dial(t, m, srv)
		c.send("0123456789")
		c.expect("go")
		c.Close()
	})
}
