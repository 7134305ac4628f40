package wiretest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"reflect"
	"testing"
)

func TestEachAndModes(t *testing.T) {
	var ran []string
	note := func(t *testing.T, m Mode) { ran = append(ran, m.String()) }
	Each(t, note)
	Each(t, note, Modes(Blocking, Context)...)
	Each(t, note, PlainModes(Context)...)
	want := []string{"plain", "tls", "plain,blocking", "tls,blocking", "plain,context", "tls,context", "plain,context"}
	if !reflect.DeepEqual(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
}

// Register adds a way to wait, which runs the whole body and gives its context.
func TestRegister(t *testing.T) {
	oldWaits, oldRunners := waits, runners
	defer func() { waits, runners = oldWaits, oldRunners }()
	waits, runners = []string{""}, map[string]Runner{}
	type key struct{}
	Register("odd", func(t *testing.T, body func(context.Context)) {
		body(context.WithValue(t.Context(), key{}, "odd"))
	})
	var ran []string
	Each(t, func(t *testing.T, m Mode) {
		got, _ := m.Ctx(t).Value(key{}).(string)
		ran = append(ran, m.String()+" "+got)
	})
	want := []string{"plain ", "tls ", "plain,context ", "tls,context ", "plain,odd odd", "tls,odd odd"}
	if testing.Short() {
		want = []string{"plain ", "tls ", "tls,context ", "plain,odd odd"}
	}
	if !reflect.DeepEqual(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	if !RanInAllModes("TestRegister") || !RanBy("TestRegister", "odd") || RanBy("TestRegister", "even") {
		t.Error("what was run is not remembered")
	}
}

func TestModeGivesTLSAndContext(t *testing.T) {
	if Plain.ClientTLS() != nil || TLS.ClientTLS() == nil {
		t.Error("a configuration in plain, or none for TLS")
	}
	if Plain.Ctx(t) != context.Background() || Plain.Ctx(t).Done() != nil {
		t.Error("blocking is not context.Background")
	}
	var ctx context.Context
	t.Run("ends", func(t *testing.T) { ctx = Mode{Wait: Context}.Ctx(t) })
	if !errors.Is(ctx.Err(), context.Canceled) {
		t.Error("the context outlives its test")
	}
}

// TestCertificates: what a client that trusts the authority makes of each server.
func TestCertificates(t *testing.T) {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	for _, c := range []struct {
		what   string
		server *tls.Config
		name   string
		want   any // target of errors.As, nil for success
	}{
		{"localhost", ServerTLS(0, 0), "localhost", nil},
		{"v4", ServerTLS(0, 0), "127.0.0.1", nil},
		{"v6", ServerTLS(0, 0), "::1", nil},
		{"extra", ServerTLS(0, 0, "a.example", "10.0.0.1"), "a.example", nil},
		{"not extra", ServerTLS(0, 0), "a.example", &name},
		{"other name", OtherNameTLS("a.example"), "localhost", &name},
		{"untrusted", UntrustedTLS(), "localhost", &unknown},
		{"expired", ExpiredTLS(), "localhost", &invalid},
	} {
		t.Run(c.what, func(t *testing.T) {
			srv := Setup{Mode: TLS, LazyTLS: true, ServerTLS: c.server}.Serve(t, func(p *Peer) {
				if err := p.Handshake(); (err == nil) != (c.want == nil) {
					p.Fatalf("handshake: %v", err)
				}
			})
			cl := dial(t, Plain, srv)
			cfg := ClientTLS()
			cfg.ServerName = c.name
			err := tls.Client(cl.tcp, cfg).Handshake()
			if c.want == nil && err != nil || c.want != nil && !errors.As(err, c.want) {
				t.Errorf("%v, want %T", err, c.want)
			}
		})
	}
}

func TestTLSVersions(t *testing.T) {
	for _, v := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		srv := Setup{Mode: TLS, ServerTLS: ServerTLS(v, v)}.Serve(t, func(p *Peer) {
			if got := p.TLS().Version; got != v {
				p.Fatalf("version %x, want %x", got, v)
			}
			p.Send("ok")
		})
		dial(t, TLS, srv).expect("ok")
	}
}

func TestWritePEM(t *testing.T) {
	f := WritePEM(t, t.TempDir(), "a.example")
	pair, err := tls.LoadX509KeyPair(f.Cert, f.Key)
	if err != nil {
		t.Fatal(err)
	}
	ca, err := os.ReadFile(f.CA)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("no certificate in the authority's file")
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "a.example", Roots: pool}); err != nil {
		t.Error(err)
	}
}
