package main

import (
	"testing"

	"github.com/dugong-http/dugong/internal/wiretest"
)

func TestMain(m *testing.M) { wiretest.Main(m) }

func TestMutate(t *testing.T) {
	source := []byte("a\nif x <= y {\n\ti++\n}\n")
	for _, c := range []struct {
		m    mutant
		want string
	}{
		{mutant{operator: "CONDITIONALS_BOUNDARY", line: 2, column: 6}, "a\nif x < y {\n\ti++\n}\n"},
		{mutant{operator: "CONDITIONALS_NEGATION", line: 2, column: 6}, "a\nif x > y {\n\ti++\n}\n"},
		{mutant{operator: "INCREMENT_DECREMENT", line: 3, column: 3}, "a\nif x <= y {\n\ti--\n}\n"},
	} {
		got, err := mutate(source, c.m)
		if err != nil || string(got) != c.want {
			t.Errorf("%v: %q, %v; want %q", c.m, got, err, c.want)
		}
	}
	if _, err := mutate(source, mutant{operator: "INVERT_NEGATIVES", line: 2, column: 6}); err == nil {
		t.Error("a report of another version was not noticed")
	}
}

func TestParse(t *testing.T) {
	m, ok := parse("   NOT COVERED CONDITIONALS_NEGATION at framing.go:31:15")
	if !ok || m != (mutant{"NOT COVERED", "CONDITIONALS_NEGATION", "framing.go", 31, 15}) {
		t.Errorf("%v, %v", m, ok)
	}
	if _, ok := parse("Gathering coverage... done in 1s"); ok {
		t.Error("no mutant was taken for one")
	}
}
