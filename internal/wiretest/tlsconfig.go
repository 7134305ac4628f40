package wiretest

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// loopbackNames are what every certificate for the loopback is valid for.
var loopbackNames = []string{"localhost", "127.0.0.1", "::1"}

// ServerTLS is a server's configuration with a certificate of the private
// authority for localhost, 127.0.0.1, ::1 and the extra names. min and max are
// versions as crypto/tls names them; 0 leaves its default. Session tickets are
// off: a client that closes without having read them sends a reset instead of
// its FIN, which would make the end of a connection a matter of luck.
func ServerTLS(min, max uint16, names ...string) *tls.Config {
	return serverConfig(trusted(), min, max, false, append(loopbackNames[:3:3], names...))
}

// UntrustedTLS is a server's configuration with a certificate for the loopback
// by an authority that nobody trusts.
func UntrustedTLS() *tls.Config {
	return serverConfig(stranger(), 0, 0, false, loopbackNames)
}

// ExpiredTLS is a server's configuration with a certificate that ran out long ago.
func ExpiredTLS() *tls.Config {
	return serverConfig(trusted(), 0, 0, true, loopbackNames)
}

// OtherNameTLS is a server's configuration whose certificate is valid for the
// given names only.
func OtherNameTLS(names ...string) *tls.Config {
	return serverConfig(trusted(), 0, 0, false, names)
}

func serverConfig(a *authority, min, max uint16, expired bool, names []string) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{a.issue(names, expired)},
		MinVersion:             min,
		MaxVersion:             max,
		SessionTicketsDisabled: true,
	}
}

// ClientTLS is a client's configuration that trusts the private authority and
// nothing else. The caller owns it.
func ClientTLS() *tls.Config {
	return &tls.Config{RootCAs: RootCAs()}
}

// RootCAs is a new pool with the private authority alone.
func RootCAs() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(trusted().cert)
	return pool
}

// PEMFiles are the names of files that other programs can read.
type PEMFiles struct{ Cert, Key, CA string }

// WritePEM writes a server certificate for the loopback and the extra names,
// its key, and the authority's certificate into dir.
func WritePEM(t testing.TB, dir string, names ...string) PEMFiles {
	t.Helper()
	f := PEMFiles{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), filepath.Join(dir, "ca.pem")}
	c := trusted().issue(append(loopbackNames[:3:3], names...), false)
	key := must(x509.MarshalECPrivateKey(c.PrivateKey.(*ecdsa.PrivateKey)))
	writePEM(t, f.Cert, "CERTIFICATE", c.Certificate[0])
	writePEM(t, f.Key, "EC PRIVATE KEY", key)
	writePEM(t, f.CA, "CERTIFICATE", trusted().cert.Raw)
	return f
}

func writePEM(t testing.TB, name, kind string, der []byte) {
	t.Helper()
	if err := os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatalf("wiretest: %v", err)
	}
}
