package h1

import (
	"math/rand/v2"
	"testing"
)

// TestQueueAgainstSlice plays random calls against a slice, over growth and
// wrapping around.
func TestQueueAgainstSlice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var q Queue
	var model []int64
	for i := range int64(20_000) {
		bias := 60 // grow first, then shrink
		if i > 10_000 {
			bias = 40
		}
		switch n := rng.IntN(100); {
		case n < bias:
			x := q.Push()
			if *x != (Exchange{}) {
				t.Fatalf("a new exchange holds %+v", *x)
			}
			x.Start, x.Tag, x.Method = i, i, "M"
			model = append(model, i)
		case len(model) > 0 && n < 95:
			q.Pop()
			model = model[1:]
		case len(model) > 0:
			q.Unpush()
			model = model[:len(model)-1]
		}
		if q.Len() != len(model) {
			t.Fatalf("%d exchanges, want %d", q.Len(), len(model))
		}
		if len(model) == 0 {
			continue
		}
		at := rng.IntN(len(model))
		if q.At(at).Start != model[at] || q.Front().Start != model[0] || q.Back().Start != model[len(model)-1] {
			t.Fatalf("step %d: the order is lost", i)
		}
	}
}

// TestQueueLetsGo: what was popped is not kept alive.
func TestQueueLetsGo(t *testing.T) {
	var q Queue
	for range 5 {
		q.Push().Tag = new(int)
	}
	q.Pop()
	q.Unpush()
	held := 0
	for i := range q.ring {
		if q.ring[i].Tag != nil {
			held++
		}
	}
	if held != q.Len() {
		t.Errorf("%d tags held by %d exchanges", held, q.Len())
	}
	if q.one[0].Tag != nil {
		t.Error("the first ring, outgrown, holds a tag")
	}
}
