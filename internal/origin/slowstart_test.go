package origin

import (
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// Ten segments leave at once, twenty a round trip later, forty after the next,
// wherever the reads of the relay happen to end.
func TestSlowStartDoubles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rtt, total = 100 * time.Millisecond, 1 << 20
		in, out, done := wayBetweenSlow(rtt)
		begin := time.Now()
		go func() {
			in.Write(make([]byte, total))
			in.Close()
		}()
		at := arrivals(t, out, begin)
		<-done
		want, end := 0, 0
		for i := 0; end < total; i++ {
			end = min(total, end+initialWindow<<i)
			if got := at[rtt/2+time.Duration(i)*rtt]; got != end {
				t.Errorf("after %d round trips %d octets have arrived, want %d", i, got, end)
			}
			want++
		}
		if len(at) != want {
			t.Errorf("octets arrived at %d times, want %d: %v", len(at), want, at)
		}
	})
}

// arrivals says for each time at which octets came how many had come by then.
func arrivals(t *testing.T, r io.Reader, begin time.Time) map[time.Duration]int {
	at, sum, buf := map[time.Duration]int{}, 0, make([]byte, 100<<10)
	for {
		n, err := r.Read(buf)
		if sum += n; n > 0 {
			at[time.Since(begin)] = sum
		}
		if err == io.EOF {
			return at
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A window that has grown stays so, and what was not used of it is not lost.
func TestSlowStartKeepsItsWindow(t *testing.T) {
	now := time.Now()
	s := &slowStart{rtt: time.Second}
	depart := func(n int, at time.Time, wantN int, wantAt time.Time) {
		t.Helper()
		if n, at := s.depart(n, at); n != wantN || !at.Equal(wantAt) {
			t.Fatalf("%d octets left after %v, want %d after %v", n, at.Sub(now), wantN, wantAt.Sub(now))
		}
	}
	later := now.Add(10 * time.Second)
	depart(initialWindow+1, now, initialWindow, now)
	depart(1, now, 1, now.Add(time.Second))
	depart(initialWindow, later, initialWindow, later)
	depart(initialWindow+10, later, initialWindow+1, later)
	depart(9, later, 9, later.Add(time.Second))
}
