//go:build interop

package interop

import "path/filepath"

var node = &software{
	name:    "node",
	missing: needs("node nodejs"),
	version: func() string { return "node " + says("node", "--version") },
	start:   startNode,
	lacks:   map[string]string{"ranges": "the http module has no files, and so no ranges"},
	differs: []*deviation{{
		what:   "over TLS it closes without a word when a pipeline comes in several records",
		remedy: "Requests up to 16 KiB leave in one record with `DynamicRecordSizingDisabled` in the `tls.Config`, which Node bears; else as with gunicorn.",
		rows:   []string{"get-16", "get-100", "get-1000", "mixed", "ranges", "hints", "trailers", "unknown-method", "slow-reader"},
		modes:  []string{"tls1.2", "tls1.3"},
		replay: short(modeOf("tls1.3"), 1000, 100, 300, 1000),
	}},
}

func startNode(e *env) {
	path, _ := program("node", "nodejs")
	script, err := filepath.Abs("testdata/node.js")
	if err != nil {
		e.Fatal(err)
	}
	log := write(e, filepath.Join(e.dir, "log"), "")
	e.log = func() string { return readText(e, log) }
	tight := "no"
	if e.tight {
		tight = "tight"
	}
	e.run(sigTerm, []string{"INTEROP_KICK=" + e.kickURL()}, path, script, e.root, log, e.cert.Cert, e.cert.Key, tight, e.plain, e.secure, e.six)
}
