package wiretest

import (
	"context"
	"crypto/tls"
	"testing"
)

// How the calls of a test wait; the values of Mode.Wait.
const (
	Blocking = "blocking" // context.Background: calls block
	Context  = "context"  // a cancellable context: calls take the cancellable way
)

// A Mode is one way in which a test body runs. The zero Mode is plain and blocking.
type Mode struct {
	TLS  bool
	Wait string // Blocking, Context, or what later modes name; "" means Blocking
}

// The two modes that every test of the wire runs in.
var (
	Plain = Mode{}
	TLS   = Mode{TLS: true}
)

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
	var all []Mode
	for _, w := range waits {
		all = append(all, Mode{Wait: w})
	}
	return all
}

// Each runs f once in each mode, as subtests; without modes in plain and TLS.
func Each(t *testing.T, f func(t *testing.T, m Mode), modes ...Mode) {
	t.Helper()
	if len(modes) == 0 {
		modes = []Mode{Plain, TLS}
	}
	for _, m := range modes {
		t.Run(m.String(), func(t *testing.T) { f(t, m) })
	}
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

// Ctx is the context to give to the calls under test. It is cancelled when the
// test has ended, in Blocking mode never.
func (m Mode) Ctx(t testing.TB) context.Context {
	if m.Wait == "" || m.Wait == Blocking {
		return context.Background()
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	return ctx
}
