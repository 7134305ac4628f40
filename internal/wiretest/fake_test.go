package wiretest

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// fakeTB records what a test would have been told, to see wrong scripts fail.
type fakeTB struct {
	testing.TB // for the methods not listed here; they must not be called

	mu       sync.Mutex
	said     []string
	failed   bool
	skipped  bool
	cleanups []func()
	dir      string
}

// asTest runs f as a test would be run, with its cleanups, and returns the record.
func asTest(t *testing.T, f func(tb testing.TB)) *fakeTB {
	t.Helper()
	tb := &fakeTB{dir: t.TempDir()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			for i := len(tb.cleanups) - 1; i >= 0; i-- {
				tb.cleanups[i]()
			}
		}()
		f(tb)
	}()
	<-done
	return tb
}

func (tb *fakeTB) Helper()             {}
func (tb *fakeTB) Name() string        { return "TestFake" }
func (tb *fakeTB) TempDir() string     { return tb.dir }
func (tb *fakeTB) Cleanup(f func())    { tb.cleanups = append(tb.cleanups, f) }
func (tb *fakeTB) Logf(string, ...any) {}

func (tb *fakeTB) record(failed, skipped bool, text string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.said = append(tb.said, text)
	tb.failed = tb.failed || failed
	tb.skipped = tb.skipped || skipped
}

func (tb *fakeTB) Errorf(format string, args ...any) {
	tb.record(true, false, fmt.Sprintf(format, args...))
}

func (tb *fakeTB) Fatalf(format string, args ...any) {
	tb.Errorf(format, args...)
	runtime.Goexit()
}

func (tb *fakeTB) Fatal(args ...any) { tb.Fatalf("%s", fmt.Sprint(args...)) }

func (tb *fakeTB) Skipf(format string, args ...any) {
	tb.record(false, true, fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (tb *fakeTB) Failed() bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return tb.failed
}

// wantFailure checks that the record is one failure that says all the words.
func (tb *fakeTB) wantFailure(t *testing.T, words ...string) {
	t.Helper()
	if !tb.Failed() {
		t.Fatalf("the test passed, it should have failed saying %q", words)
	}
	text := strings.Join(tb.said, "\n---\n")
	if len(tb.said) != 1 {
		t.Errorf("%d reports instead of one:\n%s", len(tb.said), text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("the report does not say %q:\n%s", w, text)
		}
	}
}
