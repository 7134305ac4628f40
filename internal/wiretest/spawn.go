package wiretest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Spawner starts a sibling of the test's task under the same loop.
type Spawner func(f func(ctx context.Context)) (ended <-chan struct{})

type spawnerKey struct{}

// WithSpawner is for a Runner: it tells Spawn how siblings are started, and how
// a task waits for one.
func WithSpawner(ctx context.Context, s Spawner, await func(context.Context, <-chan struct{}) error) context.Context {
	return context.WithValue(ctx, spawnerKey{}, spawning{s, await})
}

type spawning struct {
	start Spawner
	await func(context.Context, <-chan struct{}) error
}

// Spawn runs f beside the test body: as a goroutine where calls block, as a
// task of the same loop where the body is one. wait waits for its end and gives
// its error; it must be called by the body.
func Spawn(ctx context.Context, f func(ctx context.Context) error) (wait func() error) {
	var err error
	s, ok := ctx.Value(spawnerKey{}).(spawning)
	if !ok {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			err = f(ctx)
		}()
		return func() error { <-ended; return err }
	}
	ended := s.start(func(ctx context.Context) { err = f(ctx) })
	return func() error {
		if werr := s.await(ctx, ended); werr != nil {
			return werr
		}
		return err
	}
}

// Await waits for ch to be closed, in the manner of ctx: it lets the siblings
// of a task go on meanwhile.
func Await(ctx context.Context, ch <-chan struct{}) error {
	if s, ok := ctx.Value(spawnerKey{}).(spawning); ok {
		return s.await(ctx, ch)
	}
	<-ch
	return nil
}

// What was run, for the summary and for CheckModes.
var noted struct {
	sync.Mutex
	cases map[Mode]int
	full  map[string]bool // tests that ran in every way to wait
	waits map[ranBy]bool  // tests and a way to wait
}

type ranBy struct{ test, wait string }

func count(m Mode) {
	noted.Lock()
	defer noted.Unlock()
	if noted.cases == nil {
		noted.cases = map[Mode]int{}
	}
	noted.cases[m]++
}

// noteModes remembers tests that run by all of waits.
func noteModes(t *testing.T, modes []Mode) {
	noteWaits(t, modes)
	for _, w := range waits {
		if !slices.ContainsFunc(modes, func(m Mode) bool { return m.Wait == w || w == "" && m.Wait == Blocking }) {
			return
		}
	}
	noted.Lock()
	defer noted.Unlock()
	if noted.full == nil {
		noted.full = map[string]bool{}
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	noted.full[name] = true
}

func noteWaits(t *testing.T, modes []Mode) {
	noted.Lock()
	defer noted.Unlock()
	if noted.waits == nil {
		noted.waits = map[ranBy]bool{}
	}
	name, _, _ := strings.Cut(t.Name(), "/")
	for _, m := range modes {
		noted.waits[ranBy{name, m.Wait}] = true
	}
}

// RanBy reports whether the test of this name has used Each with this way to
// wait.
func RanBy(name, wait string) bool {
	noted.Lock()
	defer noted.Unlock()
	return noted.waits[ranBy{name, wait}]
}

// RanInAllModes reports whether the test of this name has used Each with all
// ways to wait.
func RanInAllModes(name string) bool {
	noted.Lock()
	defer noted.Unlock()
	return noted.full[name]
}

// Summary writes how many cases were run in each mode.
func Summary(w io.Writer) {
	noted.Lock()
	defer noted.Unlock()
	var all []string
	for m, n := range noted.cases {
		all = append(all, fmt.Sprintf("%s %d", m, n))
	}
	if slices.Sort(all); len(all) > 0 {
		fmt.Fprintf(w, "modes: %s\n", strings.Join(all, "; "))
	}
}
