//go:build interop

package interop

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

var h2o = &software{
	name:    "h2o",
	missing: needs("h2o"),
	version: func() string { return says("h2o", "--version") },
	start:   startH2O,
	lacks: map[string]string{
		"hints":           "2.2 does not pass 103 on",
		"trailers":        "2.2 does not pass trailers on",
		"upload-trailers": "2.2 does not pass trailers on",
	},
}

func startH2O(e *env) {
	path, _ := program("h2o")
	listen := func(addr, more string) string {
		if addr == "" {
			return ""
		}
		host, port, _ := net.SplitHostPort(addr)
		return fmt.Sprintf("listen: { host: \"%s\", port: %s%s }\n", host, port, more)
	}
	conf := "num-threads: 1\nuser: nobody\nerror-log: /dev/stderr\n" + listen(e.plain, "") + listen(e.six, "") +
		listen(e.secure, fmt.Sprintf(", ssl: { certificate-file: %s, key-file: %s, minimum-version: TLSv1.2 }", e.cert.Cert, e.cert.Key))
	if e.tight {
		conf += fmt.Sprintf("http1-request-timeout: %d\nlimit-request-body: %d\n", tightIdle, tightBody)
	}
	conf += fmt.Sprintf(`access-log: { path: %s/access.log, format: "%%s %%r" }
hosts:
  default:
    paths:
      "/": { file.dir: %s }
      "/d/": { proxy.reverse.url: "http://%s/d/" }
      "/d/refuse": { mruby.handler: "Proc.new {|env| [403, {}, [\"not wanted\"]]}" }
`, e.dir, e.root, e.upAddr)
	e.log = func() string { return readText(e, e.dir+"/access.log") }
	e.run(sigTerm, nil, path, "-m", "worker", "-c", write(e, filepath.Join(e.dir, "h2o.conf"), strings.TrimSpace(conf)+"\n"))
}
