//go:build interop

package interop

import (
	"fmt"
	"path/filepath"
	"strings"
)

var squid = &software{
	name:    "squid",
	missing: needs("squid"),
	version: func() string { return strings.TrimPrefix(says("squid", "-v"), "Squid Cache: ") },
	start:   startSquid,
	parting: 503,
	refuses: []int{413},
	reload:  func(e *env) error { return e.proc().cmd.Process.Signal(sigHup) },
	lacks: map[string]string{
		"clear.trailers":        "5.7 drops trailers",
		"clear.upload-trailers": "5.7 drops trailers",
		"limit-requests":        noSetting,
	},
}

func startSquid(e *env) {
	e.startOrigin()
	path, _ := program("squid")
	log := filepath.Join(e.dir, "access.log")
	allow, body := "allow", 0
	if e.denies {
		allow = "deny"
	}
	if e.tight {
		body = tightBody >> 10
	}
	// read_timeout also ends a tunnel in which nothing moves.
	limits := ifTight(e, fmt.Sprintf("client_idle_pconn_timeout %d seconds\nrequest_header_max_size 8 KB\nread_timeout %d seconds\n", tightIdle, 2*tightIdle))
	conf := fmt.Sprintf("http_port %s\nhttp_access %s all\n%svisible_hostname localhost\npid_filename none\ncache deny all\ncache_log /dev/stderr\ncoredump_dir %s\n"+
		"logformat ids %%>Hs %%rm %%>ru\naccess_log stdio:%s ids\nstrip_query_terms off\nshutdown_lifetime 0 seconds\npinger_enable off\nrequest_body_max_size %d KB\n",
		e.proxyAt("http", nil), allow, limits, e.dir, log, body)
	e.front = func() string { return readText(e, log) }
	e.run(sigTerm, nil, path, "-N", "-f", write(e, filepath.Join(e.dir, "squid.conf"), conf))
}
