package gid

import (
	"iter"
	"sync"
	"testing"
)

func TestCurrent(t *testing.T) {
	me := Current()
	if me == 0 || me != Current() {
		t.Fatal("one goroutine has two identities")
	}
	const n = 100
	var wg sync.WaitGroup
	ids := make(chan uintptr, n)
	hold := make(chan struct{})
	for range n {
		wg.Go(func() {
			ids <- Current()
			<-hold
		})
	}
	seen := map[uintptr]bool{me: true}
	for range n {
		id := <-ids
		if seen[id] {
			t.Error("two living goroutines have one identity")
		}
		seen[id] = true
	}
	close(hold)
	wg.Wait()
}

// A coroutine is a goroutine of its own, whoever resumes it.
func TestCoroutine(t *testing.T) {
	next, stop := iter.Pull(func(yield func(uintptr) bool) {
		for yield(Current()) {
		}
	})
	defer stop()
	first, _ := next()
	if first == Current() {
		t.Error("the coroutine has the identity of the caller")
	}
	again := make(chan uintptr)
	go func() {
		id, _ := next()
		again <- id
	}()
	if id := <-again; id != first {
		t.Error("the coroutine changed its identity with its caller")
	}
}

func BenchmarkCurrent(b *testing.B) {
	for b.Loop() {
		Current()
	}
}
