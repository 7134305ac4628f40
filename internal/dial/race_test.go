package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// A track is a set of scripted attempts, told apart by their ports 1, 2, ...
type track struct {
	runs []run

	mu      sync.Mutex
	started []time.Duration // by attempt, in the order of starting
	order   []int           // which ones
	closed  []int
	begin   time.Time
}

// A run ends after the given time, with err or as a success. deaf goes on
// when it has been called off.
type run struct {
	after time.Duration
	err   error
	deaf  bool
}

const forever = time.Duration(1<<63 - 1)

type lane struct {
	net.Conn
	n int
	t *track
}

func (l *lane) Close() error {
	l.t.mu.Lock()
	defer l.t.mu.Unlock()
	l.t.closed = append(l.t.closed, l.n)
	return nil
}

func (tr *track) dial(ctx context.Context, a netip.AddrPort) (net.Conn, error) {
	n := int(a.Port())
	tr.mu.Lock()
	tr.started = append(tr.started, time.Since(tr.begin))
	tr.order = append(tr.order, n)
	r := tr.runs[n-1]
	tr.mu.Unlock()
	done := ctx.Done()
	if r.deaf {
		done = nil
	}
	select {
	case <-time.After(r.after):
	case <-done:
		return nil, ctx.Err()
	}
	if r.err != nil {
		return nil, r.err
	}
	return &lane{n: n, t: tr}, nil
}

func (tr *track) race(ctx context.Context, idle time.Duration) (won int, took time.Duration, errs []error) {
	var addrs []netip.AddrPort
	for n := range tr.runs {
		addrs = append(addrs, netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), uint16(n+1)))
	}
	tr.begin = time.Now()
	conn, errs := race(ctx, addrs, idle, tr.dial)
	if conn != nil {
		won = conn.(*lane).n
	}
	return won, time.Since(tr.begin), errs
}

func ms(n ...int) (d []time.Duration) {
	for _, n := range n {
		d = append(d, time.Duration(n)*time.Millisecond)
	}
	return d
}

func TestRace(t *testing.T) {
	const at = time.Millisecond
	no := syscall.ECONNREFUSED
	for _, c := range []struct {
		name   string
		idle   time.Duration
		runs   []run
		won    int
		took   time.Duration
		starts []time.Duration
		errs   int
		closed []int
	}{
		{"the first one answers", 0, []run{{after: 100 * at}, {}}, 1, 100 * at, ms(0), 0, nil},
		{"the second one is quicker", 0, []run{{after: forever}, {after: 10 * at}, {}}, 2, 260 * at, ms(0, 250), 1, nil},
		{"the first one wins late", 0, []run{{after: 600 * at}, {after: forever}, {after: forever}, {}}, 1, 600 * at, ms(0, 250, 500), 2, nil},
		{"a failure starts the next at once", 0, []run{{err: no}, {err: no}, {after: 5 * at}}, 3, 5 * at, ms(0, 0, 0), 2, nil},
		{"a failure begins the stagger anew", 0, []run{{after: forever}, {after: 50 * at, err: no}, {after: forever}, {after: 5 * at}}, 4, 555 * at, ms(0, 250, 300, 550), 3, nil},
		{"all fail", 0, []run{{after: 400 * at, err: no}, {err: no}, {err: no}}, 0, 400 * at, ms(0, 250, 250), 3, nil},
		{"the stagger has no end of its own", 0, []run{{after: forever}, {after: time.Hour}}, 2, time.Hour + 250*at, ms(0, 250), 1, nil},
		{"a loser that succeeds all the same is closed", 0, []run{{after: 900 * at, deaf: true}, {after: 10 * at}}, 2, 900 * at, ms(0, 250), 0, []int{1}},
		{"every attempt has its own timeout", time.Second, []run{{after: forever}, {after: forever}, {after: forever}}, 0, 1500 * at, ms(0, 250, 500), 3, nil},
		{"a timeout shorter than the stagger", 100 * at, []run{{after: forever}, {after: forever}, {after: 50 * at}}, 3, 250 * at, ms(0, 100, 200), 2, nil},
		{"no more attempts after a success", 0, []run{{after: 250*at - 1}, {}, {}}, 1, 250*at - 1, ms(0), 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := &track{runs: c.runs}
				won, took, errs := tr.race(t.Context(), c.idle)
				if won != c.won || took != c.took || len(errs) != c.errs {
					t.Errorf("attempt %d won after %v with %d errors, want %d after %v with %d", won, took, len(errs), c.won, c.took, c.errs)
				}
				if !slices.Equal(tr.started, c.starts) || !slices.IsSorted(tr.order) {
					t.Errorf("attempts %v started at %v, want %v", tr.order, tr.started, c.starts)
				}
				if !slices.Equal(tr.closed, c.closed) {
					t.Errorf("closed %v, want %v", tr.closed, c.closed)
				}
			})
		})
	}
}

func TestRaceCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("changed my mind")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(300*time.Millisecond, func() { cancel(why) })
		tr := &track{runs: []run{{after: forever}, {after: forever}, {after: forever}}}
		won, took, errs := tr.race(ctx, time.Minute)
		if won != 0 || took != 300*time.Millisecond || len(tr.order) != 2 {
			t.Errorf("attempt %d won after %v of %v, want none after 300ms of two", won, took, tr.order)
		}
		e := fails(t, raceError(ctx, "host:80", errs), Canceled, Dial)
		if !errors.Is(e, why) {
			t.Errorf("the error does not wrap the cause: %v", e)
		}
	})
}

// Package net makes a socket's deadline of that of the context, and it may strike
// first: the error is that of the context all the same. A timeout that a dialer
// has of its own is given at once.
func TestDeadlineStrikesEarly(t *testing.T) {
	byDialer := &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	for _, c := range []struct {
		name        string
		limit, idle time.Duration
		after       time.Duration
		race, once  Kind
		took        time.Duration
	}{
		{"the context's", time.Second, time.Minute, time.Second - time.Millisecond, Canceled, Canceled, time.Second},
		{"inactivity", time.Minute, time.Second, time.Second - time.Millisecond, TimedOut, TimedOut, time.Second},
		{"the dialer's", time.Minute, 2 * time.Second, time.Second, Failed, TimedOut, time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				tr := &track{runs: []run{{after: c.after, err: byDialer}}}
				_, took, errs := tr.race(ctx, c.idle)
				if e := raceError(ctx, "host:80", errs); e.Kind != c.race || took != c.took {
					t.Errorf("race: kind %v after %v, want %v after %v: %v", e.Kind, took, c.race, c.took, e)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				r := &route{Options: &Options{Network: "tcp", Idle: c.idle}}
				_, e := r.dialOnce(ctx, func(context.Context, string, string) (net.Conn, error) {
					time.Sleep(c.after) // the bubble's time
					return nil, byDialer
				})
				if e.Kind != c.once {
					t.Errorf("dialOnce: kind %v, want %v: %v", e.Kind, c.once, e)
				}
			})
		})
	}
}

func TestRaceError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &track{runs: []run{{after: forever}, {after: forever}}}
		_, _, errs := tr.race(t.Context(), time.Second)
		e := fails(t, raceError(t.Context(), "host:80", errs), TimedOut, Dial)
		contains(t, e, "192.0.2.1:1", "192.0.2.1:2", "nothing happened for 1s", "host:80")
		if !e.Timeout() {
			t.Error("a timeout that is no timeout for net.Error")
		}

		tr = &track{runs: []run{{err: syscall.ECONNREFUSED}, {after: forever}, {err: syscall.ENETUNREACH}}}
		_, _, errs = tr.race(t.Context(), time.Second)
		e = raceError(t.Context(), "host:80", errs)
		if e.Kind != Failed || e.Timeout() {
			t.Errorf("kind %v, want Failed where only some attempts timed out", e.Kind)
		}
		for _, cause := range []error{syscall.ECONNREFUSED, syscall.ENETUNREACH, os.ErrDeadlineExceeded} {
			if !errors.Is(e, cause) {
				t.Errorf("the joined error lost %v: %v", cause, e)
			}
		}
	})
}

func TestInterleave(t *testing.T) {
	for _, c := range []struct{ in, want []string }{
		{[]string{"192.0.2.1"}, []string{"192.0.2.1"}},
		{[]string{"2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1", "192.0.2.2"}, []string{"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"}},
		{[]string{"192.0.2.1", "2001:db8::1", "2001:db8::2"}, []string{"192.0.2.1", "2001:db8::1", "2001:db8::2"}},
		{[]string{"192.0.2.1", "192.0.2.2", "2001:db8::1"}, []string{"192.0.2.1", "2001:db8::1", "192.0.2.2"}},
		{[]string{"::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"}, []string{"192.0.2.1", "192.0.2.2"}},
		{[]string{"fe80::1%eth0", "fe80::1%eth1", "fe80::1%eth0"}, []string{"fe80::1%eth0", "fe80::1%eth1"}},
	} {
		var in []netip.Addr
		for _, s := range c.in {
			in = append(in, netip.MustParseAddr(s))
		}
		var got []string
		for _, a := range interleave(in, 80) {
			got = append(got, a.Addr().String())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("interleave(%v) = %v, want %v", c.in, got, c.want)
		}
	}
}
