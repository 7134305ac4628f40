//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

var nginx = &software{
	name:    "nginx",
	missing: needs("nginx"),
	version: func() string { return strings.TrimPrefix(says("nginx", "-v"), "nginx version: ") },
	start:   startNginx,
	reload:  func(e *env) error { return e.proc().cmd.Process.Signal(sigHup) },
	lacks: map[string]string{
		"hints":           "1.22 does not pass 103 on",
		"trailers":        "1.22 does not pass trailers on",
		"upload-trailers": "1.22 does not pass trailers on",
	},
}

func startNginx(e *env) {
	path, _ := program("nginx")
	log := filepath.Join(e.dir, "access.log")
	conf := fmt.Sprintf(`daemon off; worker_processes 1; pid %[1]s/pid; error_log stderr notice; user root;
events { worker_connections 512; }
http {
	log_format ids '$status $request';
	access_log %[2]s ids;
	client_body_temp_path %[1]s/body; proxy_temp_path %[1]s/proxy; fastcgi_temp_path %[1]s/f; uwsgi_temp_path %[1]s/u; scgi_temp_path %[1]s/s;
	client_max_body_size 0;
	%[3]s
	server {
		listen %[4]s; listen %[5]s ssl; %[6]s
		ssl_certificate %[7]s; ssl_certificate_key %[8]s; ssl_protocols TLSv1.2 TLSv1.3;
		root %[9]s;
		location = /d/refuse { return 403; }
		location /d/ { proxy_pass http://%[10]s; proxy_http_version 1.1; proxy_request_buffering off; proxy_buffering off; }
	}
}
`, e.dir, log, ifTight(e, fmt.Sprintf("keepalive_requests %d; keepalive_timeout %ds; client_header_buffer_size 1k; large_client_header_buffers 2 8k; client_max_body_size %d;", tightRequests, tightIdle, tightBody)),
		e.plain, e.secure, ifSix(e, "listen "+e.six+";"), e.cert.Cert, e.cert.Key, e.root, e.upAddr)
	if e.tight {
		conf = strings.Replace(conf, "client_max_body_size 0;\n", "\n", 1)
	}
	e.log = func() string { return readText(e, log) }
	e.run(sigTerm, nil, path, "-p", e.dir, "-c", write(e, filepath.Join(e.dir, "nginx.conf"), conf), "-e", "stderr")
}

func ifTight(e *env, s string) string {
	if e.tight {
		return s
	}
	return ""
}

func ifSix(e *env, s string) string {
	if e.six != "" {
		return s
	}
	return ""
}

// needs looks for programs, any of each group separated by blanks.
func needs(groups ...string) func() error {
	return func() error {
		for _, g := range groups {
			if _, err := program(strings.Fields(g)...); err != nil {
				return err
			}
		}
		return nil
	}
}

// packageVersion is what Debian's package manager says, for what has no way
// of its own to tell.
func packageVersion(name string) string {
	if v := says("dpkg-query", "-W", "-f", "${Version}", name); v != "" {
		return name + " " + v
	}
	return name
}

// says is the first line of what a program says.
func says(name string, args ...string) string {
	path, err := program(name)
	if err != nil {
		return err.Error()
	}
	out, _ := exec.Command(path, args...).CombinedOutput()
	return firstLine(string(out))
}
