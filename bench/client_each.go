package main

import (
	"context"
	"io"
	"net/http"
	"sync"

	"github.com/dugong-http/dugong"
)

// dugongEach is j.Depth callers with a Conn each.
func dugongEach(j job) error {
	ctx := context.Background()
	var all opened
	defer all.close()
	return inParallel(j, func() func() error {
		c, err := dugong.Dial(ctx, j.Addr, nil)
		if err == nil {
			all.add(c)
		}
		r, buf, done := &dugong.Request{Path: j.Target}, make([]byte, 1024), 0
		var resp dugong.Response
		return func() error {
			if err == nil {
				err = c.SendRequest(ctx, r)
			}
			if err == nil {
				err = c.ReadResponseInto(ctx, &resp)
			}
			if err == nil {
				err = checkAnswer(&resp, buf, j.size(done))
			}
			done++
			return err
		}
	})
}

// opened are connections to close at the end, which is part of what they cost.
type opened struct {
	mu  sync.Mutex
	all []io.Closer
}

func (o *opened) add(c io.Closer) {
	o.mu.Lock()
	o.all = append(o.all, c)
	o.mu.Unlock()
}

func (o *opened) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, c := range o.all {
		c.Close()
	}
}

// netHTTPEach is net/http with as many connections as callers.
func netHTTPEach(j job) error {
	t := &http.Transport{MaxIdleConnsPerHost: j.Depth, DisableCompression: true}
	defer t.CloseIdleConnections()
	return roundTrips(j, t)
}
