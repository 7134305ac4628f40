//go:build interop

package interop

import (
	"net/http"
	"runtime"
	"time"
)

var goHTTP = &software{
	name:    "go",
	missing: func() error { return nil },
	version: runtime.Version,
	start:   startGo,
}

// startGo runs net/http in this process.
func startGo(e *env) {
	set := func(s *http.Server) {
		if e.tight {
			s.IdleTimeout, s.MaxHeaderBytes = tightIdle*time.Second, 4<<10
		}
	}
	o := &origin{root: e.root, kick: func() { e.up.kick() }}
	var h http.Handler = o
	if e.tight {
		h = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, tightBody)
			o.ServeHTTP(w, r)
		})
	}
	stop := func() {}
	e.respawn = func(...string) (err error) {
		stop()
		if stop, err = e.serveHere(h, set); err != nil {
			stop = func() {}
		}
		return err
	}
	e.halt = func() { stop() }
	e.Cleanup(e.halt)
	e.failed = e.respawn()
	e.log = o.logged
}
