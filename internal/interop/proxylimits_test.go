//go:build interop

package interop

import (
	"context"
	"errors"
	"net/url"
	"testing"

	"github.com/dugong-http/dugong"
)

// TestProxyLimits asks proxies for what they refuse (server rule 12).
func TestProxyLimits(t *testing.T) {
	for _, c := range []struct {
		sw     *software
		login  *url.Userinfo // a wrong one
		status int           // of the refusal; 0: it has none, as with SOCKS
	}{
		{squid, nil, 403},
		{tinyproxy, url.UserPassword("user", "wrong"), 401}, // it should be 407
		{tinyproxy, nil, 407},
		{microsocks, url.UserPassword("user", "wrong"), 0},
	} {
		t.Run(c.sw.name, func(t *testing.T) {
			c.sw.need(t)
			e := newEnv(t, c.sw, true)
			e.proxy.User = c.login
			g, _ := e.target(modeOf("tls1.3"))
			_, err := dugong.Dial(context.Background(), g.addr, &dugong.Config{TLS: g.tls, Proxy: g.proxy, Timeout: inactive})
			var d *dugong.Error
			if !errors.As(err, &d) || d.Kind != dugong.ErrProxyRefused || d.Phase != dugong.PhaseProxy || d.Status != c.status || dugong.IsTemporary(err) {
				t.Errorf("%v", err)
			}
			t.Logf("%s: %v", c.sw.name, err)
			e.halt()
		})
	}
}
