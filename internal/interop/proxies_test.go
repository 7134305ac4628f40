//go:build interop

package interop

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

// proxies have net/http behind them. Plain requests go to them in absolute
// form, TLS through CONNECT; SOCKS makes no difference.
var proxies = []*software{squid, tinyproxy, haproxyForward, microsocks}

// TestProxies runs the table through proxies.
func TestProxies(t *testing.T) { eachSoftware(t, proxies) }

// noSetting is why a proxy is not run into a limit.
const noSetting = "it has no such setting"

var tinyproxy = &software{
	name:    "tinyproxy",
	missing: needs("tinyproxy"),
	version: func() string { return says("tinyproxy", "-v") },
	start:   startTinyproxy,
	reload:  func(e *env) error { return e.proc().cmd.Process.Signal(sigUsr1) },
	tooBig:  200 << 10,
	lacks: map[string]string{
		"clear.get-1000":        "one request a connection: get-100 shows as much",
		"clear.trailers":        "1.11 asks its server in HTTP/1.0",
		"clear.upload-trailers": "1.11 asks its server in HTTP/1.0",
		"clear.hints":           "1.11 asks its server in HTTP/1.0",
		"limit-body":            noSetting, "limit-body-chunked": noSetting, "limit-body-expect": noSetting,
	},
	differs: []*deviation{{
		what:   "closes without a word after each answer",
		remedy: "The RoundTripper and `dugong get` make a connection for each request. With a Conn of your own: depth 1, and Reset.",
		modes:  []string{"plain", "ipv6"},
		replay: short(modeOf("plain"), 16<<10, 2, 8),
	}},
}

func startTinyproxy(e *env) {
	e.startOrigin()
	path, _ := program("tinyproxy")
	host, port, _ := net.SplitHostPort(e.proxyAt("http", nil))
	log := filepath.Join(e.dir, "access.log")
	idle := 30
	if e.tight {
		idle = tightIdle
	}
	conf := fmt.Sprintf("Listen %s\nPort %s\nTimeout %d\nLogFile \"%s\"\nLogLevel Connect\nMaxClients 200\nAllow 127.0.0.1\nDisableViaHeader Yes\n",
		host, port, idle, log)
	if e.denies {
		conf += "BasicAuth user right\n"
	}
	e.front = func() string { return readText(e, log) }
	e.run(sigTerm, nil, path, "-d", "-c", write(e, filepath.Join(e.dir, "tinyproxy.conf"), conf))
}

var haproxyForward = &software{
	name:    "haproxy-forward",
	missing: needs("haproxy"),
	version: func() string { return says("haproxy", "-v") },
	start:   startHAProxyForward,
	reload:  haproxy.reload,
	lacks: map[string]string{
		"tls1.2": "it knows no CONNECT", "tls1.3": "it knows no CONNECT", "ipv6": "its url_ip knows no IPv6",
		"limit-requests": noSetting, "limit-body": noSetting, "limit-body-chunked": noSetting, "limit-body-expect": noSetting,
	},
}

// startHAProxyForward lets it go where the target of the request says.
func startHAProxyForward(e *env) {
	e.startOrigin()
	path, _ := program("haproxy")
	conf := fmt.Sprintf(`global
 log stdout format raw daemon
 maxconn 500
 nbthread 1
%sdefaults
 mode http
 log global
 log-format "%%ST %%HM %%HU"
 timeout connect 5s
 timeout client 30s
 timeout server 30s
%sfrontend all
 bind %s
 http-request set-dst url_ip
 http-request set-dst-port url_port
 default_backend there
backend there
 server there 0.0.0.0:0
`, ifTight(e, " tune.bufsize 8192\n"), ifTight(e, fmt.Sprintf(" timeout http-keep-alive %ds\n", tightIdle)), e.proxyAt("http", nil))
	e.front = func() string { return e.said() }
	e.run(sigInt, nil, path, "-db", "-f", write(e, filepath.Join(e.dir, "haproxy.cfg"), conf))
}

var microsocks = &software{
	name:    "microsocks",
	missing: needs("microsocks"),
	version: func() string { return packageVersion("microsocks") },
	start:   startMicrosocks,
	lacks:   map[string]string{"limits": "it does not look at what goes through it, and waits for 15 minutes"},
}

func startMicrosocks(e *env) {
	e.startOrigin()
	path, _ := program("microsocks")
	host, port, _ := net.SplitHostPort(e.proxyAt("socks5", url.UserPassword("user", "right")))
	e.front = func() string { return "" } // it logs connections
	e.run(sigTerm, nil, path, "-i", host, "-p", port, "-u", "user", "-P", "right")
}

// startOrigin puts net/http where targets lead to.
func (e *env) startOrigin() {
	stop, err := e.serveHere(e.up, nil)
	if err != nil {
		e.Fatal(err)
	}
	e.Cleanup(stop)
	e.log = e.up.logged
}

// serveHere serves on all addresses of an instance by net/http.
func (e *env) serveHere(h http.Handler, set func(*http.Server)) (stop func(), err error) {
	var stops []func()
	stop = sync.OnceFunc(func() {
		for _, s := range stops {
			s()
		}
	})
	for _, at := range []string{e.plain, e.secure, e.six} {
		if at == "" {
			continue
		}
		_, s, err := serve(at, at == e.secure, h, set)
		if err != nil {
			stop()
			return nil, err
		}
		stops = append(stops, s)
	}
	return stop, nil
}

// proxyAt chooses where the proxy listens.
func (e *env) proxyAt(scheme string, login *url.Userinfo) string {
	addr := freeAddr(e, "127.0.0.1")
	e.proxy = &url.URL{Scheme: scheme, Host: addr, User: login}
	return addr
}

// eachSoftware runs the table against each that is on this machine.
func eachSoftware(t *testing.T, list []*software) {
	t.Parallel()
	for _, sw := range list {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			e := newEnv(t, sw, false)
			for _, m := range modes {
				t.Run(m.name, func(t *testing.T) { e.table(t, m) })
			}
			e.finish()
		})
	}
}

func (sw *software) need(t *testing.T) {
	if sw.byHand && !interopAll {
		t.Skipf("%s is for make interop-all", sw.name)
	}
	if err := sw.missing(); err != nil {
		wiretest.Lacking(t, strings.TrimSuffix(sw.name, "-forward"), err)
	}
}
