package dugong_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/wiretest"
	"golang.org/x/net/dns/dnsmessage"
)

// TestConnectSsl: the original asked a public host with the system's
// authorities. The fact is the same here: a server that the pool vouches for is
// accepted by its name, one by another name is not.
func TestConnectSsl(t *testing.T) {
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		srv := wiretest.Serve(t, m, once(ok(data(100))))
		r := newRig(t, m, srv.Addr, dugong.Config{TLS: &tls.Config{RootCAs: wiretest.RootCAs()}})
		r.get("/index.html")
		r.wantBody(r.read("/index.html", 200), data(100))
	}, tlsModes()...)
}

func TestInvalidSsl(t *testing.T) {
	var authority x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	for _, c := range []struct {
		what   string
		server *tls.Config
		client *tls.Config
		cause  any
	}{
		{"empty trust store", nil, &tls.Config{RootCAs: x509.NewCertPool()}, &authority},
		{"stranger", wiretest.UntrustedTLS(), wiretest.ClientTLS(), &authority},
		{"other name", wiretest.OtherNameTLS("other.example"), wiretest.ClientTLS(), &name},
		{"expired", wiretest.ExpiredTLS(), wiretest.ClientTLS(), &invalid},
	} {
		t.Run(c.what, func(t *testing.T) {
			wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
				setup := wiretest.Setup{Mode: m, LazyTLS: true, ServerTLS: c.server}
				srv := setup.Serve(t, func(p *wiretest.Peer) {
					if p.Handshake() == nil {
						p.ExpectClosed() // nothing may be sent to this server
					}
				})
				r := newRig(t, m, srv.Addr, dugong.Config{TLS: c.client})
				err := r.SendRequest(r.ctx, &dugong.Request{Path: "/"})
				r.wantErr(err, dugong.ErrTLS)
				if !errors.As(err, c.cause) {
					t.Errorf("%v does not show its cause as a %T", err, c.cause)
				}
				if dugong.IsTemporary(err) {
					t.Errorf("%v is called temporary", err)
				}
			}, tlsModes()...)
		})
	}
}

func tlsModes() []wiretest.Mode {
	return wiretest.TLSModes(wiretest.Waits()...)
}

// TestSslInfo: get_ssl_cipher and get_ssl_peercert are one call now, which does
// not connect by itself.
func TestSslInfo(t *testing.T) {
	eachConn(t, func(r *rig) {
		if _, is := r.TLS(); is {
			r.t.Error("TLS before connecting")
		}
		if err := r.Connect(r.ctx); err != nil {
			r.t.Fatal(err)
		}
		state, is := r.TLS()
		if is != r.m.TLS {
			r.t.Fatalf("TLS is %v, want %v", is, r.m.TLS)
		}
		if is && (tls.CipherSuiteName(state.CipherSuite) == "" || state.Version != tls.VersionTLS13 ||
			len(state.PeerCertificates) != 1 || state.PeerCertificates[0].VerifyHostname("localhost") != nil) {
			r.t.Errorf("TLS state %+v", state)
		}
	}, func(p *wiretest.Peer) { p.ExpectClosed() })
}

// TestDnsOne: the name does not resolve, a name known to exist does.
func TestDnsOne(t *testing.T) {
	eachWithNames(t, []string{"exists.test."}, dugong.ErrHostnameNotResolvable, false)
}

// TestDnsTwo: neither resolves.
func TestDnsTwo(t *testing.T) {
	eachWithNames(t, nil, dugong.ErrDNSUnavailable, true)
}

// eachWithNames asks for a host that does not exist in a world of these names.
func eachWithNames(t *testing.T, known []string, kind error, temporary bool) {
	t.Helper()
	wiretest.Each(t, func(t *testing.T, m wiretest.Mode) {
		r := newRig(t, m, "missing.test", dugong.Config{
			Resolver:     nameServer(t, known...),
			DNSTestHosts: []string{"gone.test", "exists.test"},
		})
		err := r.SendRequest(r.ctx, &dugong.Request{Path: "/"})
		r.wantErr(err, kind)
		if got := dugong.IsTemporary(err); got != temporary {
			t.Errorf("temporary: %v, want %v: %v", got, temporary, err)
		}
		r.wantPending(0)
	})
}

// nameServer resolves these names to the loopback and denies all others. It
// never asks the network.
func nameServer(t *testing.T, known ...string) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe() // no packets: the resolver speaks as over TCP
		go answerName(t, there, known)
		return here, nil
	}}
}

// answerName answers one question (RFC 1035 section 4.2.2).
func answerName(t *testing.T, c net.Conn, known []string) {
	defer c.Close()
	var size [2]byte
	if _, err := io.ReadFull(c, size[:]); err != nil {
		return
	}
	query := make([]byte, binary.BigEndian.Uint16(size[:]))
	if _, err := io.ReadFull(c, query); err != nil {
		return
	}
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil || len(m.Questions) != 1 {
		t.Errorf("the name server was asked %x: %v", query, err)
		return
	}
	m.Response, m.RCode, m.Additionals = true, dnsmessage.RCodeNameError, nil
	for _, name := range known {
		if q := m.Questions[0]; q.Name.String() == name {
			m.RCode = dnsmessage.RCodeSuccess
			if q.Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{
					Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 1},
					Body:   &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
				}}
			}
		}
	}
	packet, err := m.Pack()
	if err != nil {
		t.Errorf("packing an answer: %v", err)
		return
	}
	c.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(packet))), packet...))
}
