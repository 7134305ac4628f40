package main

import (
	"context"
	"net/http"

	"github.com/dugong-http/dugong"
)

// dugongEach is j.Depth callers with a Conn each.
func dugongEach(j job) error {
	ctx := context.Background()
	return inParallel(j, func() func() error {
		c, err := dugong.Dial(ctx, j.Addr, nil)
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

// netHTTPEach is net/http with as many connections as callers.
func netHTTPEach(j job) error {
	t := &http.Transport{MaxIdleConnsPerHost: j.Depth, DisableCompression: true}
	defer t.CloseIdleConnections()
	return roundTrips(j, t)
}
