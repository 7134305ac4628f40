//go:build interop

package interop

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

var trafficServer = &software{
	name:    "trafficserver",
	byHand:  true,
	missing: needs("traffic_server"),
	version: func() string { // and when and where it was built
		said := says("traffic_server", "--version")
		return strings.Join(strings.Fields(said)[:min(3, len(strings.Fields(said)))], " ")
	},
	start: startTrafficServer,
	lacks: map[string]string{"reload": "traffic_manager does that, and the server runs without it here"},
	differs: []*deviation{{
		what:   "passes one 103 of two on, or none",
		remedy: "An interim response may be missing. The final one is right.",
		rows:   []string{"hints"},
		excuse: errInterim,
		replay: fewerHints,
	}},
}

// fewerHints is a replay of a 103 that gets lost: which, is a matter of time.
func fewerHints(e *env) error {
	for range 20 {
		got, err := e.asked(modeOf("plain"), request("GET", "/d/hints", "Connection: close"))
		if err != nil {
			return err
		}
		if n := strings.Count(got, "HTTP/1.1 103"); n < 2 {
			e.Logf("replay: %d responses 103, where the server behind sent 2: %q", n, got)
			return nil
		}
	}
	return errors.New("all 103 come through")
}

// startTrafficServer gives it a run root of its own, with the folders and files
// that it does not begin without. It passes everything and keeps nothing.
func startTrafficServer(e *env) {
	path, _ := program("traffic_server")
	conf := filepath.Join(e.dir, "conf")
	for _, dir := range []string{conf, filepath.Join(e.dir, "log"), filepath.Join(e.dir, "run"), filepath.Join(e.dir, "cache")} {
		os.MkdirAll(dir, 0o755)
	}
	root := write(e, filepath.Join(e.dir, "runroot.yaml"), fmt.Sprintf(`prefix: /usr
exec_prefix: /usr
bindir: /usr/bin
sbindir: /usr/bin
includedir: /usr/include
libdir: /usr/lib/trafficserver
libexecdir: /usr/lib/trafficserver/modules
sysconfdir: %[1]s/conf
datadir: %[1]s/conf
localstatedir: %[1]s
runtimedir: %[1]s/run
logdir: %[1]s/log
cachedir: %[1]s/cache
`, e.dir))
	for name, text := range map[string]string{
		"records.config":       e.trafficRecords(),
		"remap.config":         fmt.Sprintf("map /d/refuse http://%s/d/refuse @action=deny @method=PUT @method=POST\nmap / http://%s/\n", e.upAddr, e.upAddr),
		"storage.config":       filepath.Join(e.dir, "cache") + " 32M\n",
		"ssl_multicert.config": fmt.Sprintf("ssl_cert_name=%s ssl_key_name=%s dest_ip=*\n", filepath.Base(e.cert.Cert), filepath.Base(e.cert.Key)),
		"ip_allow.yaml":        "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n  - apply: in\n    ip_addrs: ::/0\n    action: allow\n    methods: ALL\n",
		"logging.yaml":         "logging:\n  formats:\n    - name: ids\n      format: '%<pssc> %<cqhm> %<cqu>'\n  logs:\n    - filename: access\n      format: ids\n",
		"cache.config":         "", "parent.config": "", "plugin.config": "", "hosting.config": "", "volume.config": "", "sni.yaml": "",
	} {
		write(e, filepath.Join(conf, name), text)
	}
	e.log = func() string { return readText(e, filepath.Join(e.dir, "log/access.log")) }
	e.ending = e.trafficLog
	e.run(sigTerm, []string{"TS_RUNROOT=" + root}, path)
}

// trafficRecords are its settings.
func (e *env) trafficRecords() string {
	var b strings.Builder
	set := func(name, kind string, value any) {
		fmt.Fprintf(&b, "CONFIG proxy.config.%s %s %v\n", name, kind, value)
	}
	at := func(addr, more string) string {
		i := strings.LastIndex(addr, ":")
		return fmt.Sprintf("%s:ip-in=%s%s ", addr[i+1:], addr[:i], more)
	}
	ports := at(e.plain, "") + at(e.secure, ":ssl:proto=http/1.1")
	if e.six != "" {
		ports += at(e.six, "")
	}
	set("http.server_ports", "STRING", ports)
	set("admin.user_id", "STRING", "#-1") // it stays who it is
	set("crash_log_helper", "STRING", "NULL")
	set("exec_thread.autoconfig", "INT", 0)
	set("exec_thread.limit", "INT", 1)
	set("http.cache.http", "INT", 0)
	set("ssl.server.cert.path", "STRING", e.dir)
	set("ssl.server.private_key.path", "STRING", e.dir)
	set("log.max_secs_per_buffer", "INT", 1)
	for _, level := range []string{"status", "note", "warning", "error", "fatal", "alert", "emergency"} {
		set("diags.output."+level, "STRING", "E")
	}
	if e.tight {
		set("http.keep_alive_no_activity_timeout_in", "INT", tightIdle)
		set("http.request_header_max_size", "INT", 8192)
		set("http.max_post_size", "INT", tightBody)
	}
	return b.String()
}

// trafficLog waits until the log has what was answered so far: it is written
// once a second, and the last of it is lost when the server is ended. There is
// nothing to wait on but a request of our own that appears in it.
func (e *env) trafficLog() {
	c, err := e.raw(modeOf("plain"))
	if err != nil {
		e.Error(err)
		return
	}
	defer c.Close()
	io.WriteString(c, request("GET", "/f/100.bin?the-last", "Connection: close"))
	if _, _, err := c.answer("GET"); err != nil {
		e.Error(err)
		return
	}
	over := time.NewTimer(guard)
	defer over.Stop()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for !strings.Contains(e.log(), "the-last") {
		select {
		case <-again.C:
		case <-over.C:
			e.Error("the last request is not in the log")
			return
		}
	}
}
