package aio

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The heap against the plainest thing that does the same: a look at all tasks.
func TestTimers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var h timers
	tasks := make([]*task, 30)
	for i := range tasks {
		tasks[i] = &task{index: -1}
	}
	now := time.Unix(1000, 0)
	for range 20_000 {
		k := tasks[r.IntN(len(tasks))]
		switch r.IntN(4) {
		case 0, 1: // waits with a deadline
			k.deadline = now.Add(time.Duration(r.IntN(50)) * time.Second)
			h.set(k)
		case 2: // was resumed
			k.deadline = time.Time{}
		case 3: // has ended
			k.deadline = time.Time{}
			h.remove(k)
			if k.index != -1 {
				t.Fatal("removed, and still there")
			}
		}
		for i, x := range h {
			if x.index != i || i > 0 && x.alarm.Before(h[(i-1)/2].alarm) {
				t.Fatal("no heap any more")
			}
		}
		next := h.next()
		for _, x := range tasks {
			if !x.deadline.IsZero() && (next.IsZero() || x.deadline.Before(next)) {
				t.Fatalf("due at %v, looked for at %v", x.deadline, next)
			}
		}
		now = now.Add(time.Duration(r.IntN(3)) * time.Second)
		want := 0
		for _, x := range tasks {
			if !x.deadline.IsZero() && !x.deadline.After(now) {
				want++
			}
		}
		got := 0
		for x := h.due(now); x != nil; x = h.due(now) {
			if x.deadline.After(now) || x.deadline.IsZero() {
				t.Fatal("not due")
			}
			x.deadline = time.Time{}
			got++
		}
		if got != want {
			t.Fatalf("%d of %d struck", got, want)
		}
	}
}
