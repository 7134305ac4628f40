//go:build interop

package interop

import (
	"path/filepath"
)

var pythonHTTP = &software{
	name:    "python",
	missing: needs("python3"),
	version: func() string {
		return says("python3", "-c", "import http.server, sys; print(http.server.BaseHTTPRequestHandler.server_version, 'of Python', sys.version.split()[0])")
	},
	start: startPython,
	differs: []*deviation{{
		what:   "closes with any error answer, a 404 too, whatever is unread then: the reset destroys answers that are on their way",
		remedy: "Nothing helps but the verdicts: requests before it are maybe processed. Do not pipeline what may not exist.",
		rows:   []string{"mixed"},
		replay: destroyed(modeOf("plain"), request("GET", "/f/missing")),
	}},
	lacks: map[string]string{
		"ranges":                "http.server knows no ranges",
		"upload-chunked":        "http.server does not decode chunked uploads",
		"upload-chunked-expect": "http.server does not decode chunked uploads",
		"refuse-chunked":        "http.server does not decode chunked uploads",
		"refuse-chunked-expect": "http.server does not decode chunked uploads",
		"upload-trailers":       "http.server does not decode chunked uploads",
	},
}

func startPython(e *env) {
	path, _ := program("python3")
	script, err := filepath.Abs("testdata/httpserver.py")
	if err != nil {
		e.Fatal(err)
	}
	log := write(e, filepath.Join(e.dir, "log"), "")
	e.log = func() string { return readText(e, log) }
	e.run(sigTerm, []string{"INTEROP_TIGHT=" + ifTight(e, "1"), "INTEROP_KICK=" + e.kickURL()}, path, script, e.root, log, e.cert.Cert, e.cert.Key, e.plain, e.secure, e.six)
}
