//go:build interop

package interop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dugong-http/dugong"
)

// A session is what a careful user of dugong.Conn does with a list of calls:
// it sends them, and after a loss does what the verdicts allow.
type session struct {
	g       target
	depth   int
	calls   []*call
	answers []*answer
	todo    []int // calls to send, in order
	maybe   []int // how often each may have been processed without an answer
	conns   int
	barren  int // connections in a row without an answer
	// carry sends calls over one connection until one is lost or all are
	// answered. It counts attempts for each call that was accepted.
	carry func(s *session, c *dugong.Conn, calls []int) error
	waits bool // Config.ReaderWaits
}

const (
	patience  = 4 // repetitions of what may have been processed, barren connections
	inactive  = 6 * time.Second
	wait100   = 300 * time.Millisecond
	readAhead = 4 << 20
)

func (s *session) run() []*answer {
	s.answers, s.maybe = make([]*answer, len(s.calls)), make([]int, len(s.calls))
	for i := range s.calls {
		s.answers[i] = &answer{}
		s.todo = append(s.todo, i)
	}
	for len(s.todo) > 0 && s.barren < patience {
		s.connection()
	}
	return s.answers
}

// connection makes a connection and uses it until it is lost.
func (s *session) connection() {
	cfg := &dugong.Config{
		TLS: s.g.tls, Proxy: s.g.proxy, Timeout: inactive, ContinueTimeout: wait100,
		PipelineDepth: s.depth, ReadAhead: readAhead, ReaderWaits: s.waits, ReadUntilClose: true,
	}
	c, err := dugong.New(s.g.addr, cfg)
	if err != nil {
		s.giveUp(err)
		return
	}
	defer c.Close()
	if err := awaitConnection(c); err != nil {
		s.giveUp(err)
		return
	}
	before := len(s.todo)
	if s.conns++; s.conns > 1 { // RFC 9112 section 9.3.2: a single request first
		err = s.part(c, 1)
	}
	for err == nil && len(s.todo) > 0 {
		err = s.part(c, len(s.todo))
	}
	if s.barren++; len(s.todo) < before {
		s.barren = 0
	}
	if err != nil && s.barren == patience {
		s.giveUp(err)
	}
}

func (s *session) giveUp(err error) {
	for _, i := range s.todo {
		s.answers[i].err = fmt.Errorf("given up: %w", err)
	}
	s.todo = nil
}

// awaitConnection connects, also to a server that is being started again.
func awaitConnection(c *dugong.Conn) error {
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for range 100 {
		err := c.Connect(context.Background())
		if !errors.Is(err, dugong.ErrConnectFailed) {
			return err
		}
		<-again.C
	}
	return c.Connect(context.Background())
}

// part sends up to n calls, those with a body that follows alone.
func (s *session) part(c *dugong.Conn, n int) error {
	alone := func(i int) bool { return s.calls[i].body != nil && !s.calls[i].body.inline }
	var err error
	if alone(s.todo[0]) {
		n = 1
		err = s.upload(c, s.todo[0])
	} else {
		if k := slices.IndexFunc(s.todo[:n], alone); k > 0 {
			n = k
		}
		err = s.carry(s, c, s.todo[:n:n])
	}
	if err != nil {
		c.Close()
	}
	return errors.Join(err, s.settle(c, n, err))
}

// errUnaccounted is never excused, whatever may be lost.
var errUnaccounted = errors.New("it was accepted and is on no list")

// settle takes what was answered off the list, and of the rest what may not be
// sent again. Each call that was accepted must be answered or be listed.
func (s *session) settle(c *dugong.Conn, n int, cause error) error {
	left := map[int]dugong.Exchange{}
	for _, x := range c.Unanswered() {
		left[x.Tag.(int)] = x
	}
	if cause == nil && len(left) > 0 {
		cause = errors.New("all is well, and requests are unanswered")
	}
	var todo []int
	var behind bool
	for _, i := range s.todo[:n] {
		a := s.answers[i]
		if a.status != 0 {
			continue
		}
		x, listed := left[i]
		delete(left, i)
		switch {
		case a.err != nil: // settled
		case a.attempts > s.maybe[i]+a.unsent && !listed:
			a.err = fmt.Errorf("%w; the connection: %w", errUnaccounted, cause)
		case !listed: // was not sent at all
			todo = append(todo, i)
		case x.Verdict == dugong.NotProcessed:
			a.unsent++
			todo = append(todo, i)
		default:
			behind = true
			if s.maybe[i]++; s.maybe[i] > patience || !s.calls[i].repeatable() {
				a.err = fmt.Errorf("maybe processed: %w", cause)
				continue
			}
			todo = append(todo, i)
		}
	}
	s.todo = append(todo, s.todo[n:]...)
	for i := range left {
		return fmt.Errorf("call %d is called unanswered and was answered", i)
	}
	if behind { // several were lost together: perhaps the server does not pipeline
		s.depth = 1
	}
	return nil
}

func (s *session) request(i int) *dugong.Request {
	c := s.calls[i]
	r := &dugong.Request{Method: c.method, Path: c.target(), Header: c.header, Tag: i, Interim: true}
	if c.body != nil && c.body.inline {
		r.Body = dugong.BodyBytes(c.body.data)
	}
	return r
}

// take keeps a response, and reads its body. A 1xx is noted.
func (s *session) take(r *dugong.Response) error {
	a := s.answers[r.Tag.(int)]
	if r.Status < 200 {
		a.interim = append(a.interim, r.Status)
		return nil
	}
	if err := a.read(r.Body); err != nil {
		return err
	}
	a.status, a.err = r.Status, nil
	a.header, a.trailer = r.Header.Header().Get, r.Body.Trailer().Header().Get
	return nil
}

// awaitAnswer reads responses to the final one.
func (s *session) awaitAnswer(c *dugong.Conn, i int) error {
	for s.answers[i].status == 0 {
		r, err := c.ReadResponse(context.Background())
		if err != nil {
			return err
		}
		if err := s.take(r); err != nil {
			return err
		}
	}
	return nil
}
