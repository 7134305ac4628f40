//go:build interop

package interop

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
)

// TestRestarts ends a server or a proxy, or makes it read its configuration
// again, in the middle of a pipeline. Everything is answered in the end or lost
// with a true verdict. Also a reload may cut a body off: nginx closes with
// requests unread, and the RoundTripper has handed the head out by then.
func TestRestarts(t *testing.T) {
	t.Parallel()
	for _, sw := range slices.Concat(servers, proxies) {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			t.Run("reload", func(t *testing.T) { t.Parallel(); interrupted(t, sw, "reload", sw.reload) })
			t.Run("restart", func(t *testing.T) { t.Parallel(); interrupted(t, sw, "restart", (*env).again) })
		})
	}
}

// interrupted runs a long pipeline with each driver; one of its requests makes
// the server behind do the thing, while those after it are under way.
func interrupted(t *testing.T, sw *software, name string, what func(e *env) error) {
	if why := sw.lacks[name]; why != "" {
		results.note(sw.name, name, lacking)
		t.Skipf("%s: %s", sw.name, why)
	}
	if what == nil {
		results.note(sw.name, name, none)
		t.Skipf("%s has no %s", sw.name, name)
	}
	if name == "reload" && sw.reloadable != nil {
		other := *sw
		other.start = sw.reloadable
		sw = &other
	}
	e := newEnv(t, sw, false)
	// Who is ended in the middle may not log what it has answered last. The log
	// of the server behind a proxy is whole, but lacks what the proxy refuses.
	e.partial = e.partial || name == "restart" && (e.proxy == nil || sw.parting != 0)
	for _, d := range drivers {
		for _, m := range []mode{modeOf("plain"), modeOf("tls1.3")} {
			t.Run(d.name()+"/"+m.name, func(t *testing.T) { e.interrupt(t, d, m, name, what) })
		}
	}
	e.finish()
}

func (e *env) interrupt(t *testing.T, d driver, m mode, name string, what func(e *env) error) {
	g, ok := e.target(m)
	if why := e.sw.lacks[m.name]; why != "" || !ok {
		t.Skipf("%s has no address for %s here. %s", e.sw.name, m.name, why)
	}
	e.warm(t, m)
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
	e.cell(t, g, m, row{name: name, depth: 64, calls: e.kicked(name), losses: true}, d, false)
	once.Do(func() {
		t.Errorf("there was no %s", name)
		results.note(e.sw.name, name, ours)
		close(done)
	})
	<-done
}

// warm lets a server answer once that was restarted by the cell before: Java
// may take longer for its first handshake than a driver waits.
func (e *env) warm(t *testing.T, m mode) {
	if e.proxy != nil {
		return
	}
	c, err := e.raw(m)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request("GET", "/f/100.bin", "Connection: close")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.answer("GET"); err != nil {
		t.Fatal(err)
	}
}

// kicked is a long pipeline of documents with a kick in the middle.
func (e *env) kicked(name string) func() []*call {
	return func() []*call {
		list := gets(300)()
		list[100] = &call{method: "GET", path: "/d/kick", status: []int{200}, sum: sum([]byte("kicked"))}
		for i := 120; i < 140; i += 5 {
			list[i] = document("1m.bin")
		}
		if name == "restart" && e.sw.parting != 0 {
			for _, c := range list {
				c.orRefused(e.sw.parting)
			}
		}
		return list
	}
}

// orRefused lets another status be right too, whatever its body is.
func (c *call) orRefused(status int) {
	want := c.sum
	c.status, c.sum = append(c.status, status), ""
	c.check = func(a *answer) error {
		if a.status != status && a.sum != want {
			return fmt.Errorf("a wrong body of %d octets", a.n)
		}
		return nil
	}
}
