//go:build interop

package interop

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
)

// limitRows run into the limits of a tight instance.
func (sw *software) limitRows() []row {
	return []row{
		{name: "requests", depth: 16, calls: gets(100)},
		{name: "header", depth: 4, calls: bigHeader(sw.tooMuch()), losses: true},
		{name: "body", depth: 1, calls: bigBody(upload{}), losses: true},
		{name: "body-chunked", depth: 1, calls: bigBody(upload{chunked: true}), losses: true},
		{name: "body-expect", depth: 1, calls: bigBody(upload{expect: true}), losses: true},
	}
}

// TestLimits runs servers into their limits: requests a connection, octets of
// a header, octets of a body while it is being sent, idle time.
func TestLimits(t *testing.T) { eachLimit(t, servers) }

// TestProxyLimits runs proxies into theirs. Of a tunnel they know only whether
// something moves in it.
func TestProxyLimits(t *testing.T) { eachLimit(t, proxies) }

func eachLimit(t *testing.T, list []*software) {
	t.Parallel() // so that nobody waits for the last one of a list
	for _, sw := range list {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			if why := sw.lacks["limits"]; why != "" {
				t.Skipf("%s: %s", sw.name, why)
			}
			t.Parallel()
			e := newEnv(t, sw, true)
			for _, m := range []mode{modeOf("plain"), modeOf("tls1.3")} {
				g, ok := e.target(m)
				if why := sw.lacks[m.name]; why != "" || !ok {
					t.Logf("%s has no address for %s. %s", sw.name, m.name, why)
					continue
				}
				e.limits(t, g, m)
			}
			e.finish()
			e.passedOn(t)
		})
	}
}

// passedOn: of the heads that are too large for a proxy none went through it.
func (e *env) passedOn(t *testing.T) {
	if e.proxy == nil {
		return
	}
	for id := range counted(e.up.logged()) {
		if strings.HasPrefix(id, "plain.header.") && strings.HasSuffix(id, ".3") {
			t.Errorf("the server behind was asked for %s", id)
		}
	}
}

func (e *env) limits(t *testing.T, g target, m mode) {
	for _, r := range e.sw.limitRows() {
		if e.proxy != nil && m.version != 0 {
			break
		}
		if why := e.lacks(m, "limit-"+r.name); why != "" {
			t.Logf("%s: %s", r.name, why)
			continue
		}
		deviates := e.deviates(t, m, row{name: "limit-" + r.name})
		for _, d := range drivers {
			t.Run(m.name+"/"+r.name+"/"+d.name(), func(t *testing.T) { e.cell(t, g, m, r, d, deviates) })
		}
	}
	each := map[string]func(*testing.T, target, mode){"idle": e.idle}
	if e.proxy == nil {
		each["slow-reader"] = e.slowReader
	}
	for name, f := range each {
		if why := e.lacks(m, "limit-"+name); why != "" {
			t.Logf("%s: %s", name, why)
			continue
		}
		o := passed
		if !t.Run(m.name+"/"+name, func(t *testing.T) { f(t, g, m) }) {
			o = ours
		}
		results.note(e.sw.name, name, o)
	}
}

// tooMuch is a header's length that a tight instance refuses.
func (sw *software) tooMuch() int { return cmp.Or(sw.tooBig, 40<<10) }

// bigHeader has a header of n octets in the middle.
func bigHeader(n int) func() []*call {
	return func() []*call {
		list := gets(6)()
		list[3].header = dugong.Header{{Name: "X-Big", Value: strings.Repeat("x", n)}}
		list[3].status, list[3].sum = []int{200, 400, 413, 431, 494, 500, 502, 503}, ""
		return list
	}
}

// bigBody has a body that is too large, with a GET on either side.
func bigBody(kind upload) func() []*call {
	return func() []*call {
		u := kind
		u.data = noise(30, 8*tightBody)
		return []*call{
			document("100.bin"),
			{method: "PUT", path: "/d/up", body: &u, status: []int{200, 400, 403, 404, 405, 411, 413, 500, 502, 503, 504}},
			document("100.bin"),
		}
	}
}

// slowReader sends all requests before it reads anything: more comes back than
// the system keeps. Then it reads by small pieces.
func (e *env) slowReader(t *testing.T, g target, m mode) {
	c, err := dugong.Dial(context.Background(), g.addr, &dugong.Config{TLS: g.tls, Proxy: g.proxy, Timeout: inactive})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const n = 12 // below every limit of a tight instance
	s := &session{}
	for i := range n {
		k := document("1m.bin")
		k.id = fmt.Sprintf("%s.slowreader.%d", m.name, i)
		s.calls, s.answers = append(s.calls, k), append(s.answers, &answer{attempts: 1})
		e.ledger.add(k, s.answers[i])
		r := s.request(i)
		r.More = i < n-1
		if err := c.SendRequest(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	piece := make([]byte, 3000)
	for i := range n {
		r, err := c.ReadResponse(context.Background())
		if err != nil {
			if e.deviates(t, m, row{name: "slow-reader"}) {
				return
			}
			t.Fatalf("answer %d: %v", i, err)
		}
		var body bytes.Buffer
		for err == nil {
			var k int
			k, err = r.Body.Read(piece)
			body.Write(piece[:k])
		}
		if err != io.EOF || sum(body.Bytes()) != s.calls[i].sum {
			if e.deviates(t, m, row{name: "slow-reader"}) {
				return
			}
			t.Fatalf("answer %d: %d octets, %v", i, body.Len(), err)
		}
		s.answers[i].status = r.Status
	}
}
