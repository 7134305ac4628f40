//go:build interop

package interop

import (
	"context"
	"errors"

	"github.com/dugong-http/dugong"
)

// upload sends one call with a body that follows, step by step.
func (s *session) upload(c *dugong.Conn, i int) error {
	r, u := s.request(i), s.calls[i].body
	r.ExpectContinue = u.expect
	if r.Body = dugong.BodyFollowing(int64(len(u.data))); u.chunked {
		r.Body = dugong.BodyChunked()
	}
	if err := c.SendRequest(context.Background(), r); err != nil {
		return err
	}
	s.answers[i].attempts++
	if u.expect {
		if ask, err := s.awaitContinue(c, i); !ask || err != nil {
			return err
		}
	}
	if err := sendBody(c, u); err != nil && !errors.Is(err, dugong.ErrEarlyResponse) && c.Pending() == 0 {
		return err
	}
	// Also when writing failed: the answer that says why may be there.
	return s.awaitAnswer(c, i)
}

// awaitContinue says whether the body is to be sent.
func (s *session) awaitContinue(c *dugong.Conn, i int) (bool, error) {
	for s.answers[i].status == 0 {
		r, err := c.ReadResponse(context.Background())
		var e *dugong.Error
		switch {
		case errors.As(err, &e) && e.Phase == dugong.PhaseWait100 && errors.Is(err, dugong.ErrConnectionTimedOut):
			return true, nil
		case err != nil:
			return false, err
		}
		if err := s.take(r); err != nil || r.Status == 100 {
			return true, err
		}
	}
	return false, nil
}

func sendBody(c *dugong.Conn, u *upload) error {
	for p := u.data; len(p) > 0; {
		n, err := c.Write(p[:min(len(p), 64<<10)])
		if p = p[n:]; err != nil {
			return err
		}
	}
	if u.chunked {
		return c.EndBody(u.trailer)
	}
	return nil
}
