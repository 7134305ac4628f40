package aio_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) {
	playRole()
	wiretest.Main(m)
}

// noLeaks checks when everything else of the test is over that it left neither
// goroutines nor descriptors behind. Call it first.
func noLeaks(t testing.TB) {
	t.Helper()
	before := wiretest.OpenDescriptors()
	t.Cleanup(func() {
		var b strings.Builder
		if !t.Failed() && !wiretest.CheckLeaks(&b, before, 5*time.Second) {
			t.Error(b.String())
		}
	})
}

// newLoop makes a loop that has to be left with nothing in it, by a test that
// has to leave nothing at all.
func newLoop(t testing.TB) *aio.Loop {
	t.Helper()
	noLeaks(t)
	l, err := aio.NewLoop()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { emptied(t, l) })
	return l
}

func emptied(t testing.TB, l *aio.Loop) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	watched, slots, timers, queued := l.Left()
	if tasks := l.Stats().Tasks; tasks+watched+slots+timers+queued != 0 {
		t.Errorf("left in the loop: %d tasks, %d descriptors watched, %d remembered, %d timers, %d in queues", tasks, watched, slots, timers, queued)
	}
}

// eachLoop runs f with a loop of the system's and with one of goroutines.
func eachLoop(t *testing.T, f func(t *testing.T, l *aio.Loop)) {
	t.Run("tasks", func(t *testing.T) { f(t, newLoop(t)) })
	t.Run("goroutines", func(t *testing.T) {
		noLeaks(t)
		l := aio.NewBlockingLoop()
		t.Cleanup(func() { emptied(t, l) })
		f(t, l)
	})
}

// run runs the loop until nothing is left in it, at most for the guard.
func run(t testing.TB, l *aio.Loop) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	if err := l.Run(ctx); err != nil {
		t.Fatalf("Run: %v; %+v", err, l.Stats())
	}
	if watched, slots, _, queued := l.Left(); watched+slots+queued != 0 {
		t.Errorf("at the end: %d descriptors watched, %d remembered, %d in queues", watched, slots, queued)
	}
}

const guard = 60 * time.Second

// ok fails the test unless the task has ended well.
func ok[T any](t testing.TB, f *aio.Future[T]) T {
	t.Helper()
	v, err := f.Result()
	if err != nil {
		t.Error(err)
	}
	return v
}

var bg = context.Background()

// nothing is the result of tasks that have none.
type nothing = struct{}

// do starts a task without a result.
func do(l *aio.Loop, f func(context.Context) error) *aio.Future[nothing] {
	return aio.Go(bg, l, func(ctx context.Context) (nothing, error) { return nothing{}, f(ctx) })
}

// pipe gives both ends of a pipe, and the descriptor of its reading one.
func pipe(t testing.TB) (r, w *os.File, fd int) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	rc, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	rc.Control(func(n uintptr) { fd = int(n) })
	return r, w, fd
}
