package wiretest

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// nginxConfig writes the configuration. It keeps nginx's master process: without
// one, nginx 1.22 crashes over an inherited socket. The access log goes to standard
// output, unbuffered, so that nobody has to look into a file again and again.
func nginxConfig(t testing.TB, dir, addr string, cfg Nginx) string {
	t.Helper()
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("daemon off; worker_processes 1; pid %s/pid; error_log stderr notice;", dir)
	if os.Geteuid() == 0 {
		line("user root;") // or it could not read folders of tests
	}
	line("events { worker_connections 512; }")
	line("http {")
	line("log_format wire '$connection\\t$connection_requests\\t$request\\t$status';")
	line("access_log /dev/stdout wire;")
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		line("%s_temp_path %s/%s;", kind, dir, kind)
	}
	if cfg.KeepaliveRequests > 0 {
		line("keepalive_requests %d;", cfg.KeepaliveRequests)
	}
	line("%s", cfg.HTTP)
	nginxServerBlock(t, line, dir, addr, cfg)
	line("}")
	return b.String()
}

func nginxServerBlock(t testing.TB, line func(string, ...any), dir, addr string, cfg Nginx) {
	t.Helper()
	root, ssl := cfg.Root, ""
	if root == "" {
		root = t.TempDir()
	}
	if cfg.TLS {
		ssl = " ssl"
	}
	line("server { listen %s%s; root %s;", addr, ssl, root)
	if cfg.TLS {
		f := WritePEM(t, dir)
		// Debian's own configuration names the versions; nginx 1.22 without
		// them offers no TLS 1.3.
		line("ssl_certificate %s; ssl_certificate_key %s; ssl_protocols TLSv1.2 TLSv1.3;", f.Cert, f.Key)
	}
	line("%s", cfg.Server)
	line("}")
}
