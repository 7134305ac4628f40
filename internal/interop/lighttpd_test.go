//go:build interop

package interop

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
)

var lighttpd = &software{
	name:    "lighttpd",
	missing: needs("lighttpd"),
	version: func() string { return says("lighttpd", "-v") },
	start:   startLighttpd,
	reload:  func(e *env) error { return e.proc().cmd.Process.Signal(sigUsr1) },
	lacks:   map[string]string{"upload-trailers": "mod_proxy drops the trailers of requests"},
	differs: []*deviation{{
		what:   "mod_proxy puts a trailer into the header, with CR CR LF at its end",
		remedy: "A bare CR in a header is refused as an invalid response (RFC 9112 section 2.2), and the connection is dead.",
		rows:   []string{"trailers"},
		replay: func(e *env) error {
			got, err := e.asked(modeOf("plain"), request("GET", "/d/trailers", "TE: trailers", "Connection: close"))
			if head, _, _ := strings.Cut(got, "\r\n\r\n"); err != nil || !strings.Contains(head, "\r\r\n") {
				return fmt.Errorf("%q, %v", got, err)
			}
			e.Logf("replay: %q", got)
			return nil
		},
	}},
}

func startLighttpd(e *env) {
	path, _ := program("lighttpd")
	conf := ""
	line := func(format string, args ...any) { conf += fmt.Sprintf(format+"\n", args...) }
	up, upPort, _ := net.SplitHostPort(e.upAddr)
	_, port, _ := net.SplitHostPort(e.plain)
	line(`server.modules = ("mod_access", "mod_accesslog", "mod_openssl", "mod_proxy")`)
	line(`server.document-root = "%s"`, e.root)
	line("server.bind = \"127.0.0.1\"\nserver.port = %s", port)
	line(`mimetype.assign = (".bin" => "application/x-noise")`) // without a type it has no Last-Modified
	line(`server.upload-dirs = ("%s")`, e.dir)
	line("accesslog.filename = \"%s/access.log\"\naccesslog.format = \"%%s %%r\"", e.dir)
	line(`$HTTP["url"] =~ "^/d/refuse" { url.access-deny = ("") }`)
	line(`$HTTP["url"] =~ "^/d/" { proxy.server = ("" => (("host" => "%s", "port" => %s))) }`, up, upPort)
	line(`$SERVER["socket"] == "%s" { ssl.engine = "enable" ssl.pemfile = "%s" ssl.privkey = "%s" }`, e.secure, e.cert.Cert, e.cert.Key)
	if e.six != "" {
		line(`$SERVER["socket"] == "%s" { }`, e.six)
	}
	if e.tight {
		line("server.max-keep-alive-requests = %d\nserver.max-keep-alive-idle = %d\nserver.max-request-size = %d\nserver.max-request-field-size = 4096", tightRequests, tightIdle, tightBody>>10)
	}
	e.log = func() string { return readText(e, e.dir+"/access.log") }
	e.run(sigTerm, nil, path, "-D", "-f", write(e, filepath.Join(e.dir, "lighttpd.conf"), conf))
}
