package wiretest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"strings"
	"sync"
	"time"
)

// Certificates are made when first needed and live as long as the process:
// nothing of them is in the repository. Their validity is fixed, not counted
// from now, because a testing/synctest bubble begins in the year 2000 and shares
// them with tests outside.
var (
	validFrom  = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	validUntil = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	expiredAt  = time.Date(1999, 7, 1, 0, 0, 0, 0, time.UTC)
)

// authority is a private certificate authority.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey

	mu     sync.Mutex
	issued map[string]tls.Certificate // by names and validity
}

// trusted is the authority that ClientTLS trusts, stranger one that nobody does.
var (
	trusted  = sync.OnceValue(func() *authority { return newAuthority("wiretest authority") })
	stranger = sync.OnceValue(func() *authority { return newAuthority("wiretest stranger") })
)

// must passes v on. Making keys and certificates fails only for want of memory
// or by a mistake in this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic("wiretest: " + err.Error())
	}
	return v
}

func newAuthority(name string) *authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	tmpl := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             validFrom,
		NotAfter:              validUntil,
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, tmpl, tmpl, key.Public(), key))
	return &authority{cert: must(x509.ParseCertificate(der)), key: key, issued: map[string]tls.Certificate{}}
}

// issue gives a server certificate for the names and addresses, valid now or
// long expired. Equal requests get the same certificate.
func (a *authority) issue(names []string, expired bool) tls.Certificate {
	id := strings.Join(names, " ")
	if expired {
		id += " expired"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	c, ok := a.issued[id]
	if !ok {
		c = a.make(names, expired)
		a.issued[id] = c
	}
	return c
}

func (a *authority) make(names []string, expired bool) tls.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	tmpl := &x509.Certificate{
		SerialNumber: must(rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))),
		Subject:      pkix.Name{CommonName: "wiretest server"},
		NotBefore:    validFrom,
		NotAfter:     validUntil,
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if expired {
		tmpl.NotAfter = expiredAt
	}
	for _, n := range names {
		if ip := net.ParseIP(n); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else {
			tmpl.DNSNames = append(tmpl.DNSNames, n)
		}
	}
	der := must(x509.CreateCertificate(rand.Reader, tmpl, a.cert, key.Public(), a.key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: must(x509.ParseCertificate(der))}
}
