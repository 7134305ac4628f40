package dial

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

const target = "target.test."

// look resolves target as Connect would.
func look(t *testing.T, ctx context.Context, res *net.Resolver, idle time.Duration, testHosts ...string) ([]netip.Addr, error) {
	t.Helper()
	r, bad := newRoute(&Options{Network: "tcp", Host: target, Port: 80, Resolver: res, TestHosts: testHosts, Idle: idle})
	if bad != nil {
		t.Fatal(bad)
	}
	addrs, bad := r.lookup(ctx, r.hop.host)
	if bad != nil {
		return nil, bad
	}
	return addrs, nil
}

func junkID(p []byte)       { p[0] ^= 0xff }
func junkQuestion(p []byte) { p[13] ^= 0x01 } // first letter of the name
func asQuery(p []byte)      { p[2] &^= 0x80 }

// TestVerdict: one look-up without test hosts, against real sockets. The
// cause that the resolver gave is kept.
func TestVerdict(t *testing.T) {
	for _, c := range []struct {
		name  string
		reply reply
		kind  Kind
	}{
		{"NXDOMAIN", nxdomain, NameMissing},
		{"NODATA", nodata, NameMissing},
		{"SERVFAIL", servfail, DNSDown},
		{"REFUSED", refused, DNSDown},
		{"wrong id by TCP", reply{tcp: true, wrong: junkID, addrs: []string{"127.0.0.1"}}, DNSDown},
		{"wrong question by TCP", reply{tcp: true, wrong: junkQuestion, addrs: []string{"127.0.0.1"}}, DNSDown},
		{"a query as the answer by TCP", reply{tcp: true, wrong: asQuery, addrs: []string{"127.0.0.1"}}, DNSDown},
		{"garbage by TCP", reply{tcp: true, junk: []byte("nothing to see")}, DNSDown},
		{"empty by TCP", reply{tcp: true, junk: []byte{}}, DNSDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := names(map[string]reply{target: c.reply})
			_, err := look(t, t.Context(), s.resolver(t), 0)
			e := fails(t, err, c.kind, Resolve)
			var dns *net.DNSError
			if !errors.As(err, &dns) || e.Addr != target {
				t.Errorf("lost the resolver's error or the name: %#v", e)
			}
		})
	}
}

func TestVerdictNobodyThere(t *testing.T) {
	res := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", joinPort("127.0.0.1", deadPort(t)))
	}}
	_, err := look(t, t.Context(), res, 0)
	fails(t, err, DNSDown, Resolve)

	res.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no such device") }
	_, err = look(t, t.Context(), res, 0)
	fails(t, err, DNSDown, Resolve)
}

// TestVerdictFlags: what resolvers other than Go's say, by the flags that
// package net makes of it.
func TestVerdictFlags(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		kind Kind
	}{
		{"libc: EAI_NONAME", &net.DNSError{IsNotFound: true}, NameMissing},
		{"libc: EAI_AGAIN", &net.DNSError{IsTemporary: true}, DNSDown},
		{"libc: EAI_FAIL", &net.DNSError{}, DNSDown},
		{"timeout", &net.DNSError{IsTimeout: true, IsTemporary: true}, DNSDown},
		{"no DNSError at all", errors.New("?"), DNSDown},
	} {
		if got := verdict(c.err); got != c.kind {
			t.Errorf("%s: %v, want %v", c.name, got, c.kind)
		}
	}
}

// TestVerdictSilence: what is not an answer at all is waited out by the
// resolver. The clock is synctest's.
func TestVerdictSilence(t *testing.T) {
	for name, r := range map[string]reply{
		"silent":         silence,
		"wrong id":       {wrong: junkID, addrs: []string{"127.0.0.1"}},
		"wrong question": {wrong: junkQuestion, addrs: []string{"127.0.0.1"}},
		"a query":        {wrong: asQuery, addrs: []string{"127.0.0.1"}},
		"garbage":        {junk: []byte("nothing to see")},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := names(map[string]reply{target: r})
				_, err := look(t, t.Context(), s.inBubble(t), 0)
				var dns *net.DNSError
				if !errors.As(err, &dns) || err.(*Error).Kind != DNSDown || !dns.IsTimeout {
					t.Fatalf("got %v, want DNSDown by the resolver's own timeout", err)
				}
			})
			synctest.Test(t, func(t *testing.T) {
				s := names(map[string]reply{target: r})
				_, err := look(t, t.Context(), s.inBubble(t), time.Second)
				fails(t, err, TimedOut, Resolve)
				if took := time.Since(s.begin); took != time.Second {
					t.Errorf("took %v, want the inactivity timeout of 1s", took)
				}
			})
		})
	}
}

func TestLookupCanceled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("changed my mind")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		s := names(map[string]reply{target: silence})
		_, err := look(t, ctx, s.inBubble(t), time.Minute, "one.test.")
		fails(t, err, Canceled, Resolve)
		if !errors.Is(err, why) || len(s.times("one.test.")) != 0 {
			t.Errorf("got %v after asking for the test host %d times", err, len(s.times("one.test.")))
		}
	})
	synctest.Test(t, func(t *testing.T) { // while the test hosts are asked
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := names(map[string]reply{target: servfail, "one.test.": silence})
		_, err := look(t, ctx, s.inBubble(t), time.Minute, "one.test.")
		e := fails(t, err, Canceled, Resolve)
		if !errors.Is(err, context.DeadlineExceeded) || !e.Timeout() {
			t.Errorf("got %v, want the context's expiry", err)
		}
	})
}

// TestProbe: with test hosts the first failure, whatever it was, is not the
// last word. after is what target gets once a test host has been asked for.
func TestProbe(t *testing.T) {
	ok := found("127.0.0.1")
	for _, c := range []struct {
		name          string
		target, after reply
		one, two      reply
		kind          Kind // 0: connects
	}{
		{"missing", nxdomain, nxdomain, ok, ok, NameMissing},
		{"missing, one test host suffices", nxdomain, nxdomain, servfail, ok, NameMissing},
		{"no data", nodata, nodata, ok, nxdomain, NameMissing},
		{"in trouble", servfail, servfail, ok, ok, DNSDown},
		{"first not found, then in trouble", nxdomain, servfail, ok, ok, DNSDown},
		{"in trouble, then not found", servfail, nxdomain, ok, ok, NameMissing},
		{"back after not found", nxdomain, ok, ok, ok, 0},
		{"back after trouble", servfail, ok, nxdomain, ok, 0},
		{"no test host either", nxdomain, ok, nxdomain, nxdomain, DNSDown},
		{"nothing works", servfail, ok, servfail, refused, DNSDown},
	} {
		t.Run(c.name, func(t *testing.T) {
			probed := false
			s := &nameServer{answer: func(name string, _ bool) reply {
				switch {
				case name == "one.test.":
					probed = true
					return c.one
				case name == "two.test.":
					probed = true
					return c.two
				case probed:
					return c.after
				}
				return c.target
			}}
			addrs, err := look(t, t.Context(), s.resolver(t), 0, "one.test.", "two.test.")
			if c.kind == 0 {
				if err != nil || len(addrs) != 1 || addrs[0].String() != "127.0.0.1" {
					t.Errorf("got %v, %v; want the address", addrs, err)
				}
				return
			}
			fails(t, err, c.kind, Resolve)
			var dns *net.DNSError
			if !errors.As(err, &dns) || dns.Name != target {
				t.Errorf("the cause is not about the target: %v", err)
			}
		})
	}
}

// TestProbeParallel: all test hosts are asked at the same moment, so that even
// total silence ends with the one inactivity timeout.
func TestProbeParallel(t *testing.T) {
	hosts := []string{"one.test.", "two.test.", "three.test.", "four.test."}
	synctest.Test(t, func(t *testing.T) {
		zone := map[string]reply{target: nxdomain}
		for _, h := range hosts {
			zone[h] = silence
		}
		s := names(zone)
		_, err := look(t, t.Context(), s.inBubble(t), 3*time.Second, hosts...)
		e, ok := err.(*Error)
		if !ok || e.Kind != DNSDown || e.Phase != Resolve || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want DNSDown: the test hosts' silence is the answer", err)
		}
		if took := time.Since(s.begin); took != 3*time.Second {
			t.Errorf("took %v, want one timeout of 3s", took)
		}
		for _, h := range hosts {
			if at := s.times(h); len(at) != 2 || at[0] != 0 || at[1] != 0 {
				t.Errorf("%s was asked for at %v, want A and AAAA at once", h, at)
			}
		}
	})
	synctest.Test(t, func(t *testing.T) { // the first success is enough
		s := names(map[string]reply{target: nxdomain, "one.test.": silence, "two.test.": found("192.0.2.1")})
		_, err := look(t, t.Context(), s.inBubble(t), time.Minute, "one.test.", "two.test.")
		fails(t, err, NameMissing, Resolve)
		if took := time.Since(s.begin); took != 0 {
			t.Errorf("took %v, want no wait for the silent test host", took)
		}
	})
}

// TestLookupLiteral: addresses are never looked up, however broken the name
// service is.
func TestLookupLiteral(t *testing.T) {
	s := names(nil)
	r := &route{Options: &Options{Resolver: s.resolver(t), TestHosts: []string{"one.test."}}}
	for _, a := range []string{"127.0.0.1", "::1", "fe80::1%eth0"} {
		addrs, bad := r.lookup(t.Context(), a)
		if bad != nil || len(addrs) != 1 || addrs[0].String() != a {
			t.Errorf("lookup(%q) = %v, %v", a, addrs, bad)
		}
	}
	if len(s.asked) != 0 {
		t.Errorf("the name server was asked for %v", s.asked)
	}
}

func TestTestHostsAreNames(t *testing.T) {
	for _, h := range []string{"192.0.2.1", "::1", "", "two words", "name:53"} {
		_, err := Connect(t.Context(), &Options{Network: "tcp", Host: "127.0.0.1", Port: 1, TestHosts: []string{h}})
		fails(t, err, BadConfig, Resolve)
	}
}
