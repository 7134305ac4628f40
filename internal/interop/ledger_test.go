//go:build interop

package interop

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A ledger holds what drivers said became of the requests to one server. When
// the server has been stopped, and its log is whole, the two are compared.
type ledger struct {
	mu      sync.Mutex
	entries map[string]entry
	own     []int // statuses of a proxy's own, of which the server behind knows nothing
}

type entry struct {
	call   *call
	answer *answer
}

func (l *ledger) add(c *call, a *answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.entries == nil {
		l.entries = map[string]entry{}
	}
	l.entries[c.id] = entry{c, a}
}

var logged = regexp.MustCompile(`[?&]id=([A-Za-z0-9._-]+)`)

// unlogged are refusals that servers log without the target, or not at all, or
// (lighttpd) with the target of the request before.
var unlogged = []int{400, 408, 414, 431, 501}

// counted says how often each id is in a log, at most once a line.
func counted(log string) map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(log) {
		status, _, _ := strings.Cut(line, " ") // in the logs that begin with it
		if n, err := strconv.Atoi(status); err == nil && slices.Contains(unlogged, n) {
			continue
		}
		if m := logged.FindStringSubmatch(line); m != nil {
			n[m[1]]++
		}
	}
	return n
}

// check compares with an access log. complete: every request that was answered
// must be in it; otherwise it is that of a server behind.
func (l *ledger) check(t testing.TB, name, log string, complete bool) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	seen := counted(log)
	answered, wrong := 0, 0
	fail := func(format string, args ...any) {
		if wrong++; wrong <= 20 {
			t.Errorf(format, args...)
		}
	}
	for id, e := range l.entries {
		n, a := seen[id], e.answer
		if most := a.attempts - a.unsent; n > most {
			fail("%s: %s %s is in the log %d times; it was sent %d times, of which %d are called not processed",
				name, e.call.method, id, n, a.attempts, a.unsent)
		}
		if n > 1 && !e.call.repeatable() {
			fail("%s: %s %s, which is not idempotent, is in the log %d times", name, e.call.method, id, n)
		}
		if a.status == 0 || slices.Contains(unlogged, a.status) || slices.Contains(l.own, a.status) {
			continue
		}
		if answered++; n == 0 && complete {
			fail("%s: %s %s was answered with %d and is not in the log", name, e.call.method, id, a.status)
		}
	}
	if complete && answered == 0 {
		t.Errorf("%s: nothing was answered", name)
	}
	t.Logf("%s: %d requests, %d of them answered, compared with %d log entries", name, len(l.entries), answered, len(seen))
}
