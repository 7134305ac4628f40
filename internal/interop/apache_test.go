//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
)

var apache = &software{
	name:    "apache",
	missing: needs("apache2"),
	version: func() string { return strings.TrimPrefix(says("apache2", "-v"), "Server version: ") },
	start:   startApache,
	reload:  func(e *env) error { return e.proc().cmd.Process.Signal(sigUsr1) },
	lacks: map[string]string{
		"trailers":        "mod_proxy drops trailers",
		"upload-trailers": "mod_proxy drops trailers",
	},
}

const apacheModules = "/usr/lib/apache2/modules" // of Debian; elsewhere they may be compiled in

func startApache(e *env) {
	path, _ := program("apache2")
	var conf strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&conf, format+"\n", args...) }
	for _, m := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "ssl", "reqtimeout"} {
		line("LoadModule %s_module %s/mod_%s.so", m, apacheModules, m)
	}
	line("ServerName localhost\nServerRoot %s\nPidFile %s/pid\nErrorLog /dev/stderr\nUser www-data\nGroup www-data", e.dir, e.dir)
	line("StartServers 1\nThreadsPerChild 25\nSSLSessionTickets off\nMutex sem")
	line("LogFormat \"%%>s %%r\" ids\nCustomLog %s/access.log ids", e.dir)
	line("DocumentRoot %s\n<Location /d/refuse>\nRequire all denied\n</Location>", e.root)
	line("ProxyPass /d/refuse !\nProxyPass /d/ http://%s/d/", e.upAddr)
	if e.tight {
		line("MaxKeepAliveRequests %d\nKeepAliveTimeout %d\nLimitRequestFieldSize 4096\nLimitRequestBody %d", tightRequests, tightIdle, tightBody)
	}
	for _, a := range []string{e.plain, e.six, e.secure} {
		if a != "" {
			line("Listen %s", a)
		}
	}
	line("<VirtualHost %s>\nSSLEngine on\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n</VirtualHost>", e.secure, e.cert.Cert, e.cert.Key)
	e.log = func() string { return readText(e, e.dir+"/access.log") }
	e.run(sigTerm, nil, path, "-DFOREGROUND", "-f", write(e, filepath.Join(e.dir, "apache.conf"), conf.String()))
}
