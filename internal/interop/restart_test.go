//go:build interop

package interop

import (
	"sync"
	"testing"
)

// TestRestarts ends a server, or makes it read its configuration again, in the
// middle of a pipeline. Everything is answered in the end or lost with a true
// verdict. Also a reload may cut a body off: nginx closes with requests unread,
// and the RoundTripper has handed the head out by then.
func TestRestarts(t *testing.T) {
	for _, sw := range []*software{nginx, apache, lighttpd, haproxy, h2o} {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			if sw.reload == nil {
				t.Logf("%s has no reload in this mode", sw.name)
			} else {
				t.Run("reload", func(t *testing.T) { interrupted(t, sw, "reload", sw.reload) })
			}
			t.Run("restart", func(t *testing.T) { interrupted(t, sw, "restart", restart) })
		})
	}
}

// restart ends the server at once and starts it again.
func restart(e *env) error {
	e.proc().stop(e.TB, sigTerm)
	return e.respawn()
}

// interrupted runs a long pipeline with each driver; one of its requests makes
// the server behind do the thing, while those after it are under way.
func interrupted(t *testing.T, sw *software, name string, what func(e *env) error) {
	e := newEnv(t, sw, false)
	e.partial = name == "restart"
	for _, d := range drivers {
		for _, m := range []mode{modeOf("plain"), modeOf("tls1.3")} {
			t.Run(d.name()+"/"+m.name, func(t *testing.T) {
				var once sync.Once
				done := make(chan struct{})
				e.up.kick = func() {
					once.Do(func() {
						go func() { // whoever stops waits for this answer
							defer close(done)
							if err := what(e); err != nil {
								t.Error(err)
							}
						}()
					})
				}
				r := row{name: name, depth: 64, calls: kicked, losses: true}
				g, _ := e.target(m)
				e.cell(t, g, m, r, d, false)
				once.Do(func() { t.Error("the server was never restarted"); close(done) })
				<-done
			})
		}
	}
	e.finish()
}

// kicked is a long pipeline of documents with a kick in the middle.
func kicked() []*call {
	list := gets(300)()
	list[100] = &call{method: "GET", path: "/d/kick", status: []int{200}, sum: sum([]byte("kicked"))}
	for i := 120; i < 140; i += 5 {
		list[i] = document("1m.bin")
	}
	return list
}
