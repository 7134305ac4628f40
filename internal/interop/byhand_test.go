//go:build interop

package interop

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// What is large, or slow to install: for make interop-all.

var varnish = &software{
	name:    "varnish",
	byHand:  true,
	missing: needs("varnishd", "gcc"),
	version: func() string { return says("varnishd", "-V") },
	start:   startVarnish,
	reload:  reloadVarnish,
	lacks: map[string]string{
		"tls1.2": "it speaks no TLS", "tls1.3": "it speaks no TLS",
		"ranges": "7.1 makes a 503 of a multipart/byteranges answer",
		"hints":  "7.1 does not pass 103 on", "trailers": "7.1 does not pass trailers on", "upload-trailers": "7.1 does not pass trailers on",
	},
}

// startVarnish: a cache before the server behind, told to pass everything.
func startVarnish(e *env) {
	path, _ := program("varnishd")
	host, port, _ := net.SplitHostPort(e.upAddr)
	vcl := fmt.Sprintf(`vcl 4.1;
import std;
backend up { .host = "%s"; .port = "%s"; }
sub vcl_recv {
	std.log("seen:" + req.url);
	if (req.url ~ "^/d/refuse") { return (synth(403)); }
	return (pass);
}
`, host, port)
	args := []string{"-F", "-j", "none", "-n", filepath.Join(e.dir, "varnish"), "-f", write(e, e.varnishVCL(), vcl), "-s", "malloc,50m", "-a", e.plain}
	if e.six != "" {
		args = append(args, "-a", e.six)
	}
	if e.tight {
		args = append(args, "-p", fmt.Sprintf("timeout_idle=%d", tightIdle), "-p", "http_req_hdr_len=4096")
	}
	e.secure = ""
	e.log = e.up.logged // its own is in shared memory
	e.partial = true    // and what it refuses does not get there
	e.run(sigTerm, nil, path, args...)
}

func (e *env) varnishVCL() string { return filepath.Join(e.dir, "up.vcl") }

// reloadVarnish compiles the configuration again, under a name of its own, and
// uses that.
func reloadVarnish(e *env) error {
	home, name := filepath.Join(e.dir, "varnish"), fmt.Sprintf("again%d", time.Now().UnixNano())
	if err := e.tell("varnishadm", "-n", home, "vcl.load", name, e.varnishVCL()); err != nil {
		return err
	}
	return e.tell("varnishadm", "-n", home, "vcl.use", name)
}

// tell runs a command that tells a server something.
func (e *env) tell(name string, args ...string) error {
	p, err := e.launch(nil, name, args...)
	if err != nil {
		return err
	}
	over := time.NewTimer(guard)
	defer over.Stop()
	select {
	case <-p.exited:
	case <-over.C:
		p.cmd.Process.Kill()
		<-p.exited
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s: %v; it says:\n%s", name, p.cmd.ProcessState, p.said)
	}
	return nil
}

var caddy = &software{
	name:    "caddy",
	byHand:  true,
	missing: needs("caddy"),
	version: func() string { return "caddy " + says("caddy", "version") },
	start:   startCaddy,
	reload: func(e *env) error {
		return e.tell("caddy", "reload", "--force", "--config", filepath.Join(e.dir, "Caddyfile"), "--adapter", "caddyfile", "--address", "unix/"+e.caddyAdmin())
	},
	lacks: map[string]string{"upload-trailers": "2.6 drops the trailers of requests"},
}

func (e *env) caddyAdmin() string { return filepath.Join(e.dir, "admin") }

func startCaddy(e *env) {
	path, _ := program("caddy")
	log := filepath.Join(e.dir, "access.log")
	site := fmt.Sprintf(`	log {
		output file %s
		format json
	}
	handle /d/refuse {
		respond "not wanted" 403
	}
	handle /d/* {
		reverse_proxy %s
	}
	handle {
		root * %s
		file_server
	}
`, log, e.upAddr, e.root)
	conf := "{\n\tadmin unix/" + e.caddyAdmin() + "\n\tauto_https off\n\tservers {\n\t\tprotocols h1\n" + ifTight(e, fmt.Sprintf("\t\ttimeouts {\n\t\t\tidle %ds\n\t\t}\n", tightIdle)) + "\t}\n}\n"
	add := func(scheme, addr, more string) { // whatever Host says
		if addr != "" {
			host, port, _ := net.SplitHostPort(addr)
			conf += fmt.Sprintf("%s://:%s {\n\tbind %s\n%s%s}\n", scheme, port, host, more, site)
		}
	}
	add("http", e.plain, "")
	add("http", e.six, "")
	add("https", e.secure, "\ttls "+e.cert.Cert+" "+e.cert.Key+"\n")
	e.log = func() string { return strings.ReplaceAll(readText(e, log), `\u0026`, "&") }
	e.run(sigTerm, []string{"HOME=" + e.dir, "XDG_DATA_HOME=" + e.dir, "XDG_CONFIG_HOME=" + e.dir}, path,
		"run", "--config", write(e, filepath.Join(e.dir, "Caddyfile"), conf), "--adapter", "caddyfile")
}
