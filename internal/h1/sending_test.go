package h1

import (
	"fmt"
	"testing"
)

// TestSendingTable holds every pair of state and event against the table in the
// documentation, written down a second time: rows are states, columns events,
// "-" is what cannot happen, "then" is where Open said the body's end leads.
func TestSendingTable(t *testing.T) {
	names := map[string]SendState{"R": Ready, "B": BodyOpen, "A": Awaiting, "S": Settling, "E": Ended, "X": Broken}
	table := []string{
		//R  request head expect last end continue final settled close break
		"R   R  B  A  S  -     -  -  -  E  X",
		"B   -  -  -  -  then  -  B  -  E  X",
		"A   -  -  -  -  -     B  E  -  E  X",
		"S   -  -  -  -  -     -  -  R  E  X",
		"E   -  -  -  -  -     -  E  E  E  X",
		"X   -  -  -  -  -     -  X  X  X  X",
	}
	if len(table) != int(numSendStates) {
		t.Fatalf("%d rows for %d states", len(table), numSendStates)
	}
	for _, line := range table {
		var state string
		next := make([]string, numSendEvents)
		args := []any{&state}
		for i := range next {
			args = append(args, &next[i])
		}
		if n, err := fmt.Sscan(line, args...); err != nil {
			t.Fatalf("row %q: %d of %d, %v", line, n, len(args), err)
		}
		for e, want := range next {
			for _, then := range []SendState{Ready, Settling, Ended} {
				s := Sending{State: names[state], then: then}
				ok := s.Do(SendEvent(e))
				to, legal := names[want]
				if want == "then" {
					to, legal = then, true
				}
				if !legal {
					to = names[state]
				}
				if ok != legal || s.State != to {
					t.Errorf("%v, event %d: %v to %v, want %v to %v", names[state], e, ok, s.State, legal, to)
				}
			}
		}
	}
}

// TestSendingChecks: what may be sent in each state, and what the refusal means.
func TestSendingChecks(t *testing.T) {
	for state, want := range map[SendState]struct{ request, write Kind }{
		Ready:    {0, State},
		BodyOpen: {State, 0},
		Awaiting: {State, State},
		Settling: {State, State},
		Ended:    {Truncated, State},
		Broken:   {Truncated, State},
	} {
		s := Sending{State: state, Left: 5}
		if got := kind(s.CheckRequest()); got != want.request {
			t.Errorf("%v: a request gives %v, want %v", state, got, want.request)
		}
		if got := kind(s.CheckWrite(5)); got != want.write {
			t.Errorf("%v: a write gives %v, want %v", state, got, want.write)
		}
		if s.HasBody() != (state == BodyOpen || state == Awaiting) {
			t.Errorf("%v: HasBody %v", state, s.HasBody())
		}
		if state.String() == "" {
			t.Errorf("state %d has no name", state)
		}
	}
}

func kind(f *Fault) Kind {
	if f == nil {
		return 0
	}
	return f.Kind
}

// TestSendingExcess: more octets than announced are refused, as many as
// announced and any number of chunked ones are not.
func TestSendingExcess(t *testing.T) {
	for _, c := range []struct {
		left int64
		n    int
		want Kind
	}{{0, 0, 0}, {0, 1, Excess}, {5, 5, 0}, {5, 6, Excess}, {ChunkedLength, 1 << 30, 0}, {-1, 0, 0}} {
		var s Sending
		s.Open(c.left, false, false)
		if got := kind(s.CheckWrite(c.n)); got != c.want {
			t.Errorf("%d of %d octets: %v, want %v", c.n, c.left, got, c.want)
		}
	}
}

// TestSendingOpen: a body leads to Ready, behind a last request to Settling,
// behind an answer that closes to Ended.
func TestSendingOpen(t *testing.T) {
	for _, expect := range []bool{false, true} {
		for _, last := range []bool{false, true} {
			for _, closed := range []bool{false, true} {
				s := Sending{Early: true}
				s.Open(9, expect, last)
				want, after := BodyOpen, Ready
				if expect {
					want = Awaiting
				}
				if last {
					after = Settling
				}
				if s.State != want || s.Left != 9 || s.Early {
					t.Fatalf("expect %v, last %v: %+v", expect, last, s)
				}
				if expect {
					s.Do(Continue)
				}
				if closed {
					s.CloseAfterBody()
					after = Ended
				}
				if s.Do(BodyEnd); s.State != after {
					t.Errorf("expect %v, last %v, closed %v: the body's end leads to %v", expect, last, closed, s.State)
				}
			}
		}
	}
}

// TestSendingRefused: a final answer where a 100 was awaited ends the sending
// half, unless the caller opted in.
func TestSendingRefused(t *testing.T) {
	for reuse, want := range map[bool]SendState{false: Ended, true: Ready} {
		var s Sending
		s.Open(9, true, false)
		if s.Refused(reuse); s.State != want {
			t.Errorf("reuse %v: %v", reuse, s.State)
		}
	}
	s := Sending{State: Broken}
	if s.Refused(true); s.State != Broken {
		t.Errorf("a broken half became %v", s.State)
	}
}
