//go:build interop

package interop

import (
	"errors"
	"path/filepath"
	"strconv"
)

var gunicorn = &software{
	name:    "gunicorn",
	missing: needs("gunicorn"),
	version: func() string { return says("gunicorn", "--version") },
	start:   startGunicorn,
	reload: func(e *env) (err error) { // a master for each of plain and TLS
		for _, p := range e.procs {
			err = errors.Join(err, p.cmd.Process.Signal(sigHup))
		}
		return err
	},
	lacks: map[string]string{
		"ranges":          "WSGI has no files, and so no ranges",
		"hints":           "WSGI has no 1xx",
		"trailers":        "WSGI has no trailers",
		"upload-trailers": "WSGI has no trailers",
	},
	differs: []*deviation{{
		what:   "answers some of a pipeline, then waits for new octets, and closes without a word",
		remedy: "The requests behind are lost as maybe processed; the RoundTripper and `dugong get` go on with one request at a time. With a Conn of your own: depth 1.",
		rows:   []string{"get-2", "get-8", "get-16", "get-100", "get-1000", "mixed", "unknown-method", "slow", "slow-reader"},
		replay: short(modeOf("plain"), 16<<10, 2, 8, 16, 100),
	}},
}

// startGunicorn runs it twice: one process has TLS on all of its sockets or on
// none.
func startGunicorn(e *env) {
	path, _ := program("gunicorn")
	app, err := filepath.Abs("testdata")
	if err != nil {
		e.Fatal(err)
	}
	log := write(e, filepath.Join(e.dir, "log"), "")
	e.log = func() string { return readText(e, log) }
	args := []string{"--chdir", app, "-k", "gthread", "--threads", "8", "--worker-tmp-dir", e.dir, "--no-sendfile", "--keep-alive", strconv.Itoa(tightIdle),
		// A worker waits for its threads, and by default longer than we for it.
		"--graceful-timeout", "2"}
	if e.tight {
		args = append(args, "--limit-request-field_size", "4096")
	}
	env := []string{"INTEROP_KICK=" + e.kickURL(), "INTEROP_ROOT=" + e.root, "INTEROP_LOG=" + log, "PYTHONDONTWRITEBYTECODE=1"}
	open := append(args[:len(args):len(args)], "-b", e.plain)
	if e.six != "" {
		open = append(open, "-b", e.six)
	}
	e.also(env, path, append(args[:len(args):len(args)], "-b", e.secure, "--certfile", e.cert.Cert, "--keyfile", e.cert.Key, "gunicorn_app:app")...)
	e.run(sigInt, env, path, append(open, "gunicorn_app:app")...)
}
