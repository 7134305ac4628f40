package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/dugong-http/dugong"
)

// slowly reads a body in pieces of 64 KiB and pauses before each: the origin
// must wait, and nobody may gather what it sends.
func (j *job) slowly(body io.Reader) error {
	buf := make([]byte, 64<<10)
	for left := j.Size; left > 0; {
		time.Sleep(j.Pause)
		n, err := io.ReadFull(body, buf[:min(left, len(buf))])
		if err != nil {
			return fmt.Errorf("%d octets are missing: %w", left-n, err)
		}
		left -= n
	}
	return nil
}

func librarySlow(ctx context.Context, c *dugong.Conn, j job) error {
	if err := c.SendRequest(ctx, &dugong.Request{Path: j.Target}); err != nil {
		return err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return err
	}
	return j.slowly(resp.Body)
}

func netHTTPSlow(t *http.Transport, j job) error {
	req, err := http.NewRequest("GET", j.url(), nil)
	if err != nil {
		return err
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return j.slowly(resp.Body)
}
