package main

import (
	"bytes"
	"context"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dugong-http/dugong/internal/origin"
)

func TestDemo(t *testing.T) {
	o := dugongCmd("", "demo", "--docs", "30", "--size", "2000", "--rtt", "5ms")
	o.want(t, exitOK, "net/http, one after the other", "net/http, 6 connections", "net/http, 64 connections", "slow start is not modelled", "dugong, one pipeline", "floor: write and count", "All checksums are right")
	lines := strings.Split(strings.TrimSpace(o.out), "\n")
	m := regexp.MustCompile(`^dugong/floor ratio: (\d+\.\d\d)$`).FindStringSubmatch(lines[len(lines)-1])
	if m == nil {
		t.Fatalf("last line %q", lines[len(lines)-1])
	}
	if ratio, _ := strconv.ParseFloat(m[1], 64); ratio <= 0 || ratio > 5 {
		t.Errorf("ratio %v", ratio)
	}
}

func TestDemoIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errInterrupted)
	within(ctx, "demo", "--docs", "2").want(t, exitInterrupted, "interrupted")
}

// The fast clients take turns, after a run each that does not count; of the
// runs that count the best one does.
func TestDemoTakesTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order string
		runs := func(name string, seconds ...int) runner {
			return func(context.Context, *site, int) error {
				order += name
				time.Sleep(time.Duration(seconds[0]) * time.Second) // of the bubble's clock
				seconds = seconds[1:]
				return nil
			}
		}
		all := []*contender{
			{name: "slow", docs: 1, runs: 1, run: runs("s", 9)},
			{name: "dugong", docs: 1, runs: 3, warm: true, run: runs("d", 1, 5, 4, 6)},
			{name: "floor", docs: 1, runs: 3, warm: true, run: runs("f", 1, 3, 3, 2)},
		}
		for _, c := range rounds(all) {
			if err := c.measure(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
		}
		if order != "sddffdfdf" {
			t.Errorf("the order is %s", order)
		}
		if s, d, f := all[0].took, all[1].took, all[2].took; s != 9*time.Second || d != 4*time.Second || f != 2*time.Second {
			t.Errorf("%v, %v, %v", s, d, f)
		}
	})
}

// A client that is faster than the floor is none: something else took the time.
func TestDemoSaysNoise(t *testing.T) {
	const noise = "the machine is busy, and the ratio is noise.\n"
	for _, c := range []struct {
		dugong time.Duration
		ratio  string
		busy   bool
	}{{760, "0.76", true}, {994, "0.99", true}, {996, "1.00", false}, {1000, "1.00", false}, {1250, "1.25", false}} {
		var out bytes.Buffer
		printTable(&out, 10, []*contender{{name: "dugong", docs: 10, took: c.dugong}, {name: "floor", docs: 10, took: 1000}})
		if busy := strings.Contains(out.String(), noise); busy != c.busy || !strings.HasSuffix(out.String(), "\ndugong/floor ratio: "+c.ratio+"\n") {
			t.Errorf("%v: %s", c.dugong, out.String())
		}
	}
}

// The slow clients get fewer documents, rather than much time.
func TestPatience(t *testing.T) {
	d := &demoCmd{Docs: 1000, RTT: 50 * time.Millisecond}
	if a, b := d.within(1), d.within(6); a != 160 || b != 960 {
		t.Errorf("%d, %d", a, b)
	}
	d = &demoCmd{Docs: 10, RTT: time.Minute}
	if a := d.within(1); a != 1 {
		t.Errorf("%d", a)
	}
	d = &demoCmd{Docs: 10}
	if a := d.within(1); a != 10 {
		t.Errorf("%d", a)
	}
}

// Every client notices a wrong document, except the floor, which looks at
// nothing, and that one notices a missing one.
func TestDemoNoticesWrongDocuments(t *testing.T) {
	right := &origin.Documents{Count: 3, Size: 100}
	d := &demoCmd{Docs: 3, Size: 100}
	all := d.contenders()
	s, _ := serve(t, 3, func(c *origin.Config) { c.Documents = &origin.Documents{Count: 3, Size: 99} })
	for _, c := range all {
		err := c.run(t.Context(), &site{addr: s.Addr, url: s.URL, docs: right}, 3)
		if c != all[len(all)-1] && (err == nil || !strings.Contains(err.Error(), "is wrong")) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	var out, errOut bytes.Buffer
	code, err := d.compare(t.Context(), streams{nil, &out, &errOut}, &site{addr: s.Addr, url: s.URL, docs: right})
	if code != exitTemporary || err != nil || !strings.Contains(errOut.String(), "is wrong") || out.Len() > 0 {
		t.Errorf("exit code %d, %v, %q, %q", code, err, errOut.String(), out.String())
	}
	s, _ = serve(t, 2, func(c *origin.Config) { c.Documents = &origin.Documents{Count: 2, Size: 10000} })
	for _, c := range all {
		if err := c.run(t.Context(), &site{addr: s.Addr, url: s.URL, docs: &origin.Documents{Count: 3, Size: 10000}}, 3); err == nil {
			t.Errorf("%s does not notice", c.name)
		}
	}
}
