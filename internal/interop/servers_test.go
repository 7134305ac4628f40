//go:build interop

package interop

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// scratch is a folder for the whole run.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "interop"); err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(scratch)
	fmt.Print(results)
	if path := os.Getenv("DUGONG_SERVERS"); path != "" {
		if err := results.save(path); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

// servers is what the table is run against.
var servers = []*software{nginx, apache, lighttpd, haproxy, h2o, goHTTP, node, gunicorn, pythonHTTP, varnish, caddy, tomcat, trafficServer}

// TestServers runs the table against servers.
func TestServers(t *testing.T) { eachSoftware(t, servers) }

// interopAll: also what is large or slow to install.
var interopAll = os.Getenv("DUGONG_INTEROP") == "all"

// table runs all rows with all drivers in one mode.
func (e *env) table(t *testing.T, m mode) {
	if why := e.sw.lacks[m.name]; why != "" {
		t.Skipf("%s: %s", e.sw.name, why)
	}
	g, ok := e.target(m)
	if !ok {
		t.Skipf("%s has no address for %s here", e.sw.name, m.name)
	}
	if e.proxy != nil && !m.few {
		e.slowly(t, g, m)
	}
	for _, r := range rows {
		if !r.all && (m.few || m.version != 0 && e.proxy != nil) { // a tunnel is like another
			continue
		}
		t.Run(r.name, func(t *testing.T) {
			if why := e.lacks(m, r.name); why != "" {
				results.note(e.sw.name, r.name, lacking)
				t.Skipf("%s: %s", e.sw.name, why)
			}
			deviates := e.deviates(t, m, r)
			for _, d := range drivers {
				t.Run(d.name(), func(t *testing.T) {
					if deviates { // there will be waiting, rather than work
						t.Parallel()
					}
					e.cell(t, g, m, r, d, deviates)
				})
			}
		})
	}
}

// slowly reads slowly through a proxy; of servers TestLimits does it.
func (e *env) slowly(t *testing.T, g target, m mode) {
	o := passed
	if e.deviates(t, m, row{name: "slow-reader"}) {
		o = theirs
	}
	if !t.Run("slow-reader", func(t *testing.T) { e.slowReader(t, g, m) }) {
		o = ours
	}
	results.note(e.sw.name, "slow-reader", o)
}

// lacks says why a row is not offered; a proxy sees only what is in clear.
func (e *env) lacks(m mode, row string) string {
	if why := e.sw.lacks[row]; why != "" || m.version != 0 {
		return why
	}
	return e.sw.lacks["clear."+row]
}

// deviates says whether this server is known not to do this row as it should,
// and lets it show so.
func (e *env) deviates(t *testing.T, m mode, r row) bool {
	for _, d := range e.sw.differs {
		if (len(d.rows) == 0 || slices.Contains(d.rows, r.name)) && (len(d.modes) == 0 || slices.Contains(d.modes, m.name)) {
			d.once.Do(func() { d.shown = d.replay(e) })
			if d.shown != nil {
				t.Errorf("%s does not differ any more (%s): %v", e.sw.name, d.what, d.shown)
			}
			return true
		}
	}
	return false
}

// excuses says whether an answer is wrong just in the way that is known.
func (e *env) excuses(r row, err error) bool {
	return slices.ContainsFunc(e.sw.differs, func(d *deviation) bool {
		return d.excuse != nil && slices.Contains(d.rows, r.name) && errors.Is(err, d.excuse)
	})
}

// cell runs one row with one driver.
func (e *env) cell(t *testing.T, g target, m mode, r row, d driver, deviates bool) {
	defer func() {
		switch {
		case t.Skipped():
		case t.Failed():
			results.note(e.sw.name, r.name, ours)
		case deviates:
			results.note(e.sw.name, r.name, theirs)
		default:
			results.note(e.sw.name, r.name, passed)
		}
	}()
	calls := r.calls()
	for i, c := range calls {
		if why := d.unfit(c); why != "" {
			t.Skip(why)
		}
		c.id = fmt.Sprintf("%s.%s.%s.%d", m.name, r.name, d.name(), i)
	}
	wrong, lost := 0, 0
	for i, a := range d.run(g, r.depth, calls) {
		e.ledger.add(calls[i], a)
		err := calls[i].judge(a)
		if err == nil || deviates && e.excuses(r, err) {
			continue
		}
		if a.status == 0 && a.err != nil && (r.losses || deviates) && !errors.Is(a.err, errUnaccounted) {
			if lost++; lost == 1 {
				t.Logf("lost: %s %s, tried %d times: %v", calls[i].method, calls[i].target(), a.attempts, err)
			}
			continue
		}
		if wrong++; wrong <= 5 {
			t.Errorf("%s %s: %v", calls[i].method, calls[i].target(), err)
		}
	}
	if lost > 1 {
		t.Logf("lost: %d of %d calls", lost, len(calls))
	}
	if wrong > 5 {
		t.Errorf("%d of %d calls", wrong, len(calls))
	}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
