package fetch

import (
	"crypto/tls"

	"github.com/dugong-http/dugong"
)

// A site is what all requests to one origin have in common.
type site struct {
	addr   string
	cfg    dugong.Config
	method string
	host   string
	header dugong.Header
}

func newSite(t *Target, o *Options) *site {
	s := &site{addr: t.Addr, cfg: o.Config, method: o.Method, header: o.Header.Clone()}
	if s.cfg.TLS = nil; t.Secure {
		s.cfg.TLS = o.TLS
	}
	s.host = s.header.Get("Host")
	s.header.Del("Host")
	if t.Auth != "" {
		s.header.Set("Authorization", t.Auth)
	}
	return s
}

// request makes a request that others may follow at once: it leaves when the
// worker comes to wait for an answer.
func (s *site) request(t *Target) *dugong.Request {
	return &dugong.Request{Method: s.method, Path: t.Path, Host: s.host, Header: s.header, More: true}
}

// plainConfig is enough to have an address checked.
func (t *Target) plainConfig() *dugong.Config {
	if t.Secure {
		return &dugong.Config{TLS: &tls.Config{}}
	}
	return nil
}
