//go:build interop

package interop

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/dugong-http/dugong"
)

// idle leaves connections idle until they have been closed: that is known by
// another one, which was made later. Then each client asks once more.
func (e *env) idle(t *testing.T, g target, m mode) {
	again := map[string]func(*testing.T){"conn": e.idleConn(t, g, m), "rt": e.idleTransport(t, g, m)}
	if e.sw.lacks["limit-idle-get"] == "" {
		again["get"] = e.idleGet(t, g, m)
	}
	e.awaitIdleEnd(t, m)
	for name, f := range again {
		t.Run(name, f)
	}
}

// awaitIdleEnd makes a connection, uses it, and waits until it is closed.
func (e *env) awaitIdleEnd(t *testing.T, m mode) {
	later, err := e.raw(m)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	if _, err := io.WriteString(later, request("GET", e.site(m)+"/f/100.bin")); err != nil {
		t.Fatal(err)
	}
	if r, _, err := later.answer("GET"); err != nil || r.StatusCode != 200 {
		t.Fatalf("%+v, %v", r, err)
	}
	later.SetDeadline(time.Now().Add(5 * tightIdle * time.Second))
	rest, err := io.ReadAll(later)
	if errors.Is(err, errTimeout) {
		t.Skipf("%s keeps idle connections for longer than %d s", e.sw.name, 5*tightIdle)
	}
	t.Logf("idle: %q, then %v", rest, err)
}

// idleConn: what is sent then was not processed, or was lost with a verdict, or
// is answered.
func (e *env) idleConn(t *testing.T, g target, m mode) func(*testing.T) {
	c, err := dugong.Dial(context.Background(), g.addr, &dugong.Config{TLS: g.tls, Proxy: g.proxy, Timeout: inactive})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	ask := func(id string) (*call, *answer, error) {
		k := document("100.bin")
		k.id = m.name + ".idle.conn." + id
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
	return func(t *testing.T) {
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
}

// idleTransport: the connection is known to be closed before anything is sent,
// so also what must not be repeated is answered.
func (e *env) idleTransport(t *testing.T, g target, m mode) func(*testing.T) {
	d := transportDriver{"auto", 0}
	tr := d.transport(g, 1)
	t.Cleanup(tr.CloseIdleConnections)
	ask := func(t *testing.T, k *call, id string) {
		k.id = m.name + ".idle.rt." + id
		a := &answer{}
		trip(tr, g, k, a)
		e.ledger.add(k, a)
		if err := k.judge(a); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	ask(t, document("100.bin"), "first")
	return func(t *testing.T) {
		ask(t, post(100), "second")
		ask(t, document("100.bin"), "third")
	}
}

// idleGet gives the command its second line when the connection has ended.
func (e *env) idleGet(t *testing.T, g target, m mode) func(*testing.T) {
	first, second := &call{method: "GET", path: "/d/kick", status: []int{200}, sum: sum([]byte("kicked"))}, document("100.bin")
	first.id, second.id = m.name+".idle.get.first", m.name+".idle.get.second"
	asked := make(chan struct{}, 1)
	e.up.kick = func() {
		select {
		case asked <- struct{}{}:
		default: // it is repeated
		}
	}
	in, out := io.Pipe()
	t.Cleanup(func() { out.Close() })
	calls, answers := []*call{first, second}, []*answer{{}, {}}
	done := make(chan error, 1)
	go func() { done <- get(g, 1, []int{0, 1}, calls, answers, in) }()
	io.WriteString(out, g.url(first)+"\n")
	over := time.NewTimer(guard)
	defer over.Stop()
	select {
	case <-asked:
	case err := <-done:
		t.Fatal(err)
	case <-over.C:
		t.Fatal("nothing was asked for")
	}
	return func(t *testing.T) {
		io.WriteString(out, g.url(second)+"\n")
		out.Close()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		for i, k := range calls {
			e.ledger.add(k, answers[i])
			if err := k.judge(answers[i]); err != nil {
				t.Errorf("%s: %v", k.id, err)
			}
		}
	}
}
