//go:build interop

package interop

import (
	"context"
	"sync"

	"github.com/dugong-http/dugong"
)

// twoDriver has one goroutine that sends and another one that reads.
type twoDriver struct{}

func (twoDriver) name() string { return "two" }

func (twoDriver) unfit(c *call) string {
	if c.body != nil && !c.body.inline {
		return "uploads are sent by the driver conn"
	}
	return ""
}

func (twoDriver) run(g target, depth int, calls []*call) []*answer {
	s := &session{g: g, depth: depth, calls: calls, carry: two, waits: true}
	return s.run()
}

func two(s *session, c *dugong.Conn, calls []int) error {
	room := make(chan struct{}, s.depth)
	gone := make(chan struct{})
	var sender sync.WaitGroup
	var sent error
	sender.Go(func() {
		for _, i := range calls {
			select {
			case room <- struct{}{}:
			case <-gone:
				return
			}
			r := s.request(i)
			r.More = i != calls[len(calls)-1] && len(room) < cap(room)
			if sent = c.SendRequest(context.Background(), r); sent != nil {
				c.Close() // or the reader would wait for the request that does not come
				return
			}
			s.answers[i].attempts++
		}
	})
	err := readAll(s, c, calls, room)
	close(gone)
	if err != nil {
		c.Close()
	}
	sender.Wait()
	if sent != nil && err != nil {
		return sent
	}
	return err
}

// readAll reads an answer for each call.
func readAll(s *session, c *dugong.Conn, calls []int, room chan struct{}) error {
	for done := 0; done < len(calls); {
		r, err := c.ReadResponse(context.Background())
		if err != nil {
			return err
		}
		if err := s.take(r); err != nil {
			return err
		}
		if r.Status >= 200 {
			done++
			<-room
		}
	}
	return nil
}
