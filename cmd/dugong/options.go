package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/fetch"
)

// options makes the options of the engine of the flags.
func (g *getCmd) options() (o fetch.Options, err error) {
	switch {
	case g.Connections < 1 || g.Connections > 128:
		err = usage("--connections %d: a host gets from 1 to 128 connections; give such a number", g.Connections)
	case g.Depth < 1 || g.Depth > 4096:
		err = usage("--depth %d: from 1 to 4096 requests can be in flight; give such a number", g.Depth)
	case g.Retry < 0 || g.Retry > 1000:
		err = usage("--retry %d: a request is repeated from 0 to 1000 times; give such a number", g.Retry)
	case g.Timeout <= 0:
		err = usage("--timeout %v: a time to wait is more than none; give one, like 30s", g.Timeout)
	case g.Insecure && g.CACert != "":
		err = usage("--cacert %q: with --insecure every certificate is accepted, and this file would mean nothing; leave one of the two out", fetch.Excerpt(g.CACert))
	}
	if err != nil {
		return o, err
	}
	o = fetch.Options{Connections: g.Connections, Depth: g.Depth, Retries: g.Retry, Method: g.Method, Config: dugong.Config{Timeout: g.Timeout}}
	if g.Retry == 0 {
		o.Retries = -1
	}
	if o.Header, err = parseHeader(g.Header); err != nil {
		return o, err
	}
	if o.Config.Proxy, err = parseProxy(g.Proxy); err != nil {
		return o, err
	}
	if o.TLS, err = g.tls(); err != nil {
		return o, err
	}
	return o, withFlag(o.Check())
}

// flagOf names the flags of the options that the engine checks. Of its Config
// only the proxy can be wrong: the rest was checked here.
var flagOf = map[string]string{"Header": "-H", "Method": "-X", "Config": "--proxy"}

// withFlag puts the name of its flag before what is wrong with an option.
func withFlag(err error) error {
	var b *fetch.BadOption
	switch {
	case !errors.As(err, &b):
		return err
	case b.Value == "":
		return usage("%s: %v", flagOf[b.Option], err)
	}
	return usage("%s %v", flagOf[b.Option], err)
}

// parseHeader splits fields at their first colon. Whether they can be sent is
// the library's to say (fetch.Options.Check).
func parseHeader(lines []string) (h dugong.Header, err error) {
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, usage("-H: a header field is a name, a colon and a value, and there is no colon; write 'Name: value'") // it may be a secret
		}
		h.Add(name, strings.Trim(value, " \t"))
	}
	return h, nil
}

// parseProxy shows nothing of a proxy's credentials.
func parseProxy(raw string) (*url.URL, error) {
	if raw == "" {
		return nil, nil
	}
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return nil, usage("--proxy %q: it is not the URL of a proxy; write http://host:port", fetch.Excerpt(raw))
	}
	if u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" {
		return nil, usage("--proxy %q: nothing comes after the port of a proxy; write http://host:port", fetch.Excerpt(raw))
	}
	return u, nil
}

func (g *getCmd) tls() (*tls.Config, error) {
	cfg := &tls.Config{InsecureSkipVerify: g.Insecure}
	if g.CACert == "" {
		return cfg, nil
	}
	pem, err := readable("--cacert", g.CACert)
	if err != nil {
		return nil, err
	}
	cfg.RootCAs = x509.NewCertPool()
	if !cfg.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usage("--cacert %q: there is no certificate in it; name a PEM file (-----BEGIN CERTIFICATE-----)", fetch.Excerpt(g.CACert))
	}
	return cfg, nil
}

func folderOf(path string) string { return filepath.Dir(path) }
