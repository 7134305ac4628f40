//go:build interop

package interop

import (
	"context"

	"github.com/dugong-http/dugong"
)

// loopDriver uses Conn.Pipeline, and for bodies that follow the calls by hand.
type loopDriver struct{}

func (loopDriver) name() string       { return "conn" }
func (loopDriver) unfit(*call) string { return "" }

func (loopDriver) run(g target, depth int, calls []*call) []*answer {
	s := &session{g: g, depth: depth, calls: calls, carry: loop}
	return s.run()
}

func loop(s *session, c *dugong.Conn, calls []int) error {
	reqs := func(yield func(*dugong.Request) bool) {
		for _, i := range calls {
			s.answers[i].attempts++
			if !yield(s.request(i)) {
				return
			}
		}
	}
	for r, err := range c.Pipeline(context.Background(), reqs) {
		if err != nil {
			return err
		}
		if err := s.take(r); err != nil {
			return err
		}
	}
	return nil
}
