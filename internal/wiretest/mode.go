package wiretest

import (
	"context"
	"crypto/tls"
	"slices"
	"sync"
	"testing"
)

// How the calls of a test wait; the values of Mode.Wait.
const (
	Blocking = "blocking" // context.Background: calls block; also ""
	Context  = "context"  // a cancellable context: calls take the cancellable way
	Loop     = "loop"     // the test is a task under the library's own loop: calls are suspended
	Poll     = "poll"     // the test is a task under a loop written by hand around poll(2)
	Clock    = "clock"    // in a bubble: a task under a loop written by hand that waits for wakes and the clock
)

// A Mode is one way in which a test body runs. The zero Mode is plain and blocking.
type Mode struct {
	TLS  bool
	Wait string // one of the names above; "" means Blocking
}

// The two modes that every test of the wire runs in.
var (
	Plain = Mode{}
	TLS   = Mode{TLS: true}
)

// A Runner runs a test body as a task and returns at its end: body gets the
// context by which its calls are suspended. Where the body ends its goroutine
// (t.FailNow), the Runner ends the caller's. What cannot be run here is
// skipped, with its reason.
type Runner func(t *testing.T, body func(ctx context.Context))

// runners is filled by Register before the tests, and then only read.
var (
	runners = map[string]Runner{}
	waits   = []string{""}
)

// Register adds a way to wait that this package cannot know, since it would
// have to import what is tested. From then on Each without modes runs in
// blocking and cancellable mode and in all that were registered. It is for
// TestMain, or for an init function.
func Register(wait string, r Runner) {
	if len(runners) == 0 {
		waits = append(waits, Context)
	}
	runners[wait] = r
	waits = append(waits, wait)
}

// Waits lists the ways to wait that Each uses: "", which is Blocking, and what
// Register made known.
func Waits() []string { return slices.Clone(waits) }

// Modes lists plain and TLS for each of the named ways to wait.
func Modes(waits ...string) []Mode {
	var all []Mode
	for _, w := range waits {
		all = append(all, Mode{Wait: w}, Mode{TLS: true, Wait: w})
	}
	return all
}

// PlainModes lists the named ways to wait without TLS, for tests of what has no
// counterpart under TLS.
func PlainModes(waits ...string) []Mode {
	return slices.DeleteFunc(Modes(waits...), func(m Mode) bool { return m.TLS })
}

// TLSModes lists the named ways to wait under TLS.
func TLSModes(waits ...string) []Mode {
	return slices.DeleteFunc(Modes(waits...), func(m Mode) bool { return !m.TLS })
}

// Each runs f once in each mode, as subtests; without modes in plain and TLS,
// each by all of Waits. In the modes that Register made known f is a task, as a
// whole: it must not wait for anything that another task does but by Wait of
// what Spawn returned.
func Each(t *testing.T, f func(t *testing.T, m Mode), modes ...Mode) {
	t.Helper()
	if len(modes) == 0 {
		modes = Modes(waits...)
	}
	noteModes(t, modes)
	for _, m := range modes {
		if testing.Short() && !m.short() {
			continue
		}
		t.Run(m.String(), func(t *testing.T) { m.run(t, f) })
	}
}

// short is what -short leaves: each way to wait once, either plain or under TLS,
// but for blocking.
func (m Mode) short() bool {
	i := slices.Index(waits, m.Wait)
	return i <= 0 || m.TLS == (i%2 == 1)
}

// contexts holds those of the tests that run as tasks, by their testing.TB.
var contexts sync.Map

func (m Mode) run(t *testing.T, f func(t *testing.T, m Mode)) {
	run := runners[m.Wait]
	if run == nil {
		count(m)
		f(t, m)
		return
	}
	run(t, func(ctx context.Context) {
		count(m)
		contexts.Store(testing.TB(t), ctx)
		defer contexts.Delete(testing.TB(t))
		f(t, m)
	})
}

// String names the mode as its subtest is named: "plain", "tls,context".
func (m Mode) String() string {
	name := "plain"
	if m.TLS {
		name = "tls"
	}
	if m.Wait != "" {
		name += "," + m.Wait
	}
	return name
}

// ClientTLS is the configuration of a client in this mode, nil in plain modes.
// The caller owns it.
func (m Mode) ClientTLS() *tls.Config {
	if !m.TLS {
		return nil
	}
	return ClientTLS()
}

// Ctx is the context to give to the calls under test, for the test that Each
// was given. It is cancelled when the test has ended, in Blocking mode never.
func (m Mode) Ctx(t testing.TB) context.Context {
	t.Helper()
	if m.Wait == "" || m.Wait == Blocking {
		return context.Background()
	}
	if ctx, ok := contexts.Load(t); ok {
		return ctx.(context.Context)
	}
	if runners[m.Wait] != nil {
		t.Fatalf("wiretest: %v is no test that Each has made: it has no task", t.Name())
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}
