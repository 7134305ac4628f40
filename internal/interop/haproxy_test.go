//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

var haproxy = &software{
	name:    "haproxy",
	missing: needs("haproxy"),
	version: func() string { return says("haproxy", "-v") },
	start:   startHAProxy,
	// A new process takes the sockets over, the old one ends when it is done.
	reload: func(e *env) error { return e.respawn("-sf", strconv.Itoa(e.proc().cmd.Process.Pid)) },
}

// startHAProxy: it serves nothing itself, all comes from the server behind.
func startHAProxy(e *env) {
	path, _ := program("haproxy")
	both := write(e, filepath.Join(e.dir, "both.pem"), readText(e, e.cert.Cert)+readText(e, e.cert.Key))
	conf := ""
	line := func(format string, args ...any) { conf += fmt.Sprintf(format+"\n", args...) }
	line("global\n log stdout format raw daemon\n maxconn 500\n nbthread 1\n stats socket %s/stats", e.dir)
	if e.tight {
		line(" tune.bufsize 8192\n tune.maxrewrite 1024")
	}
	line("defaults\n mode http\n log global\n log-format \"%%ST %%HM %%HU\"\n timeout connect 5s\n timeout client 30s\n timeout server 30s")
	if e.tight {
		line(" timeout http-keep-alive %ds", tightIdle)
	}
	line("frontend all\n bind %s\n bind %s ssl crt %s alpn http/1.1 ssl-min-ver TLSv1.2", e.plain, e.secure, both)
	if e.six != "" {
		line(" bind %s", e.six)
	}
	line(" http-request deny deny_status 403 if { path /d/refuse }")
	if e.tight {
		line(" http-request deny deny_status 413 if { req.body_size gt %d }", tightBody)
	}
	line(" default_backend up\nbackend up\n server up %s", e.upAddr)
	e.log = func() string { return e.said() }
	e.run(os.Interrupt, nil, path, "-db", "-f", write(e, filepath.Join(e.dir, "haproxy.cfg"), conf))
}
