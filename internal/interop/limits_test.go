//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
)

// limitRows run into the limits of a tight instance.
var limitRows = []row{
	{name: "requests", depth: 16, calls: gets(100)},
	{name: "header", depth: 4, calls: bigHeader, losses: true},
	{name: "body", depth: 1, calls: bigBody(upload{}), losses: true},
	{name: "body-chunked", depth: 1, calls: bigBody(upload{chunked: true}), losses: true},
	{name: "body-expect", depth: 1, calls: bigBody(upload{expect: true}), losses: true},
}

// TestLimits runs servers into their limits: requests a connection, octets of
// a header, octets of a body while it is being sent, idle time.
func TestLimits(t *testing.T) {
	for _, sw := range servers {
		t.Run(sw.name, func(t *testing.T) {
			sw.need(t)
			t.Parallel()
			e := newEnv(t, sw, true)
			for _, m := range []mode{modeOf("plain"), modeOf("tls1.3")} {
				g, ok := e.target(m)
				if !ok {
					t.Logf("%s has no address for %s", sw.name, m.name)
					continue
				}
				for _, r := range limitRows {
					if why := e.lacks(m, "limit-"+r.name); why != "" {
						t.Logf("%s: %s", r.name, why)
						continue
					}
					deviates := e.deviates(t, m, row{name: "limit-" + r.name})
					for _, d := range drivers {
						t.Run(m.name+"/"+r.name+"/"+d.name(), func(t *testing.T) { e.cell(t, g, m, r, d, deviates) })
					}
				}
				for name, f := range map[string]func(*testing.T, target, mode){"idle": e.idle, "slow-reader": e.slowReader} {
					o := passed
					if !t.Run(m.name+"/"+name, func(t *testing.T) { f(t, g, m) }) {
						o = ours
					}
					results.note(sw.name, name, o)
				}
			}
			e.finish()
		})
	}
}

// bigHeader has a header of 40 KB in the middle.
func bigHeader() []*call {
	list := gets(6)()
	list[3].header = dugong.Header{{Name: "X-Big", Value: strings.Repeat("x", 40<<10)}}
	list[3].status, list[3].sum = []int{200, 400, 413, 431, 494, 500, 502, 503}, ""
	return list
}

// bigBody has a body that is too large, with a GET on either side.
func bigBody(kind upload) func() []*call {
	return func() []*call {
		u := kind
		u.data = noise(30, 8*tightBody)
		return []*call{
			document("100.bin"),
			{method: "PUT", path: "/d/up", body: &u, status: []int{200, 400, 403, 404, 405, 411, 413, 500, 502, 503}},
			document("100.bin"),
		}
	}
}

// idle leaves a connection idle until the server has closed it: that is known
// by another one, which was made later. What is sent then was not processed,
// or was lost with a verdict, or is answered.
func (e *env) idle(t *testing.T, g target, m mode) {
	c, err := dugong.Dial(context.Background(), g.addr, &dugong.Config{TLS: g.tls, Timeout: inactive})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := func(id string) (*call, *answer, error) {
		k := document("100.bin")
		k.id = m.name + ".idle." + id
		s := &session{calls: []*call{k}, answers: []*answer{{attempts: 1}}}
		e.ledger.add(k, s.answers[0])
		err := c.SendRequest(context.Background(), s.request(0))
		if err == nil {
			err = s.awaitAnswer(c, 0)
		}
		return k, s.answers[0], err
	}
	if _, _, err := ask("first"); err != nil {
		t.Fatal(err)
	}
	later, err := e.raw(m)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	if _, err := io.WriteString(later, request("GET", "/f/100.bin")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := later.answer("GET"); err != nil {
		t.Fatal(err)
	}
	later.SetDeadline(time.Now().Add(5 * tightIdle * time.Second))
	rest, err := io.ReadAll(later)
	if errors.Is(err, errTimeout) {
		t.Skipf("%s keeps idle connections for longer than %d s", e.sw.name, 5*tightIdle)
	}
	t.Logf("idle: %q, then %v", rest, err)
	k, a, err := ask("second")
	switch list := c.Unanswered(); {
	case err == nil:
		err = k.judge(a)
	case !dugong.IsTemporary(err):
	case len(list) == 0: // refused before anything was sent
		a.unsent, err = 1, nil
	default:
		if list[0].Verdict == dugong.NotProcessed {
			a.unsent = 1
		}
		err = nil
	}
	if err != nil {
		t.Error(err)
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
