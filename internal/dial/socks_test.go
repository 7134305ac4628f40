package dial

import (
	"errors"
	"io"
	"testing"
	"time"

	"github.com/dugong-http/dugong/internal/h1"
	"github.com/dugong-http/dugong/internal/wiretest"
)

const (
	greeting      = "\x05\x01\x00"
	greetingLogin = "\x05\x02\x00\x02"
	loginMessage  = "\x01\x04user\x06secret"
	socksConnect  = "\x05\x01\x00\x03\x0bserver.test\x01\xbb"
	granted       = "\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00"
)

// TestSocksOpens: names go to the proxy unresolved under both schemes; one
// step, one answer.
func TestSocksOpens(t *testing.T) {
	plain := func(p *wiretest.Peer) { p.Expect(greeting); p.ExpectNothing(); p.Send("\x05\x00") }
	for _, c := range []struct {
		name, scheme string
		login        bool
		host         string
		greet        wiretest.Script
		connect      string
		reply        string
	}{
		{"socks5", "socks5", false, "server.test", plain, socksConnect, granted},
		{"socks5h", "socks5h", false, "server.test", plain, socksConnect, granted},
		{"IPv4", "socks5", false, "127.0.0.1", plain, "\x05\x01\x00\x01\x7f\x00\x00\x01\x01\xbb", granted},
		{"IPv6", "socks5", false, "::1", plain, "\x05\x01\x00\x04" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x01\xbb", granted},
		{"bound to a name", "socks5", false, "server.test", plain, socksConnect, "\x05\x00\x00\x03\x04name\x00\x50"},
		{"bound to IPv6", "socks5", false, "server.test", plain, socksConnect, "\x05\x00\x00\x04" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01" + "\x00\x50"},
		{"with a login", "socks5", true, "server.test", func(p *wiretest.Peer) {
			p.Expect(greetingLogin)
			p.Send("\x05\x02")
			p.Expect(loginMessage)
			p.Send("\x01\x00")
		}, socksConnect, granted},
		{"login not wanted", "socks5", true, "server.test", func(p *wiretest.Peer) { p.Expect(greetingLogin); p.Send("\x05\x00") }, socksConnect, granted},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				c.greet(p)
				p.Expect(c.connect)
				p.SendSlowly(c.reply)
				echo(p)
			})
			o := through(c.scheme, s.Addr)
			if o.Host = c.host; c.login {
				o.Proxy.User = login
			}
			tr, err := connect(t, o)
			if err != nil {
				t.Fatal(err)
			}
			roundTrip(t, tr)
		})
	}
}

// TestSocksPlain: without TLS too, the server is reached through the proxy.
func TestSocksPlain(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Expect(greeting)
		p.Send("\x05\x00")
		p.Expect(socksConnect)
		p.Send(granted)
		p.Expect("ping\n")
		p.Send("ping\n")
		p.Drain()
	})
	o := through("socks5", s.Addr)
	o.TLS = nil
	tr, err := connect(t, o)
	if err != nil {
		t.Fatal(err)
	}
	roundTrip(t, tr)
}

func TestSocksFails(t *testing.T) {
	ok := "\x05\x00"
	for _, c := range []struct {
		name  string
		login bool
		turns []string // what the proxy says after each message
		kind  Kind
		says  string
	}{
		{"login wanted", false, []string{"\x05\xff"}, ProxyRefused, "wants a login"},
		{"no method", true, []string{"\x05\xff"}, ProxyRefused, "neither"},
		{"wrong login", true, []string{"\x05\x02", "\x01\x01"}, ProxyRefused, "wrong user name or password"},
		{"not allowed", false, []string{ok, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"}, ProxyRefused, "not allowed"},
		{"refused", true, []string{"\x05\x02", "\x01\x00", "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"}, ProxyRefused, "connection refused"},
		{"unknown code", false, []string{ok, "\x05\x77\x00\x01"}, ProxyRefused, "SOCKS reply 119"},
		{"SOCKS4", false, []string{"\x00\x5b"}, BadAnswer, "version"},
		{"an HTTP proxy", false, []string{"HTTP/1.1 400 Bad Request\r\n\r\n"}, BadAnswer, "version"},
		{"method not offered", false, []string{"\x05\x02"}, BadAnswer, "not offered"},
		{"method unknown", true, []string{"\x05\x01"}, BadAnswer, "not offered"},
		{"login version", true, []string{"\x05\x02", "\x05\x00"}, BadAnswer, "version of a login"},
		{"reply version", false, []string{ok, "\x04\x00\x00\x01"}, BadAnswer, "malformed"},
		{"reserved octet", false, []string{ok, "\x05\x00\x01\x01"}, BadAnswer, "malformed"},
		{"address type", false, []string{ok, "\x05\x00\x00\x09"}, BadAnswer, "malformed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
				messages := []string{greeting, socksConnect}
				if c.login {
					messages = []string{greetingLogin, loginMessage, socksConnect}
				}
				for i, turn := range c.turns {
					p.Expect(messages[i])
					p.Send(turn)
				}
				p.Drain()
			})
			o := through("socks5", s.Addr)
			if c.login {
				o.Proxy.User = login
			}
			_, err := connect(t, o)
			fails(t, err, c.kind, Proxy)
			contains(t, err, c.says, s.Addr)
			var f *h1.Fault
			if errors.As(err, &f) != (c.kind == BadAnswer) {
				t.Errorf("fault %v in an error of kind %v", f, c.kind)
			}
		})
	}
}

func TestSocksReply(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Expect(greeting)
		p.Send("\x05\x00")
		p.Expect(socksConnect)
		p.Send("\x05\x04\x00\x01")
		p.ExpectEOF()
	})
	_, err := connect(t, through("socks5h", s.Addr))
	var code SocksReply
	if !errors.As(err, &code) || code != 4 || code.Error() != "SOCKS reply 4, host unreachable" {
		t.Errorf("got %v with code %d, want reply 4", err, code)
	}
}

func TestSocksLost(t *testing.T) {
	s := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Expect(greeting); p.Send("\x05"); p.Linger() })
	_, err := connect(t, through("socks5", s.Addr))
	fails(t, err, Failed, Proxy)
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the end of the stream gives %v", err)
	}
	s = wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) { p.Expect(greeting); p.ExpectEOF() })
	o := through("socks5", s.Addr)
	o.Idle = 50 * time.Millisecond
	_, err = connect(t, o)
	fails(t, err, TimedOut, Proxy)
}
