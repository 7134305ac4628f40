package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/valyala/fasthttp"
)

// fastPipeline is fasthttp's PipelineClient with one connection.
func fastPipeline(j job) error {
	c := &fasthttp.PipelineClient{Addr: j.Addr, MaxConns: 1, MaxPendingRequests: j.Depth, IsTLS: j.TLS, TLSConfig: clientTLS()}
	if strings.HasPrefix(j.Target, "/f/") {
		c.ReadBufferSize = 64 << 10 // by default it takes heads of 4 KiB only
	}
	return fast(j, c.Do)
}

// fastHost is fasthttp's HostClient: a connection for each request in flight,
// 64 at most.
func fastHost(j job) error {
	c := &fasthttp.HostClient{Addr: j.Addr, MaxConns: min(j.Depth, 64), MaxConnWaitTimeout: time.Minute, IsTLS: j.TLS, TLSConfig: clientTLS()}
	return fast(j, c.Do)
}

func fast(j job, do func(*fasthttp.Request, *fasthttp.Response) error) error {
	if j.Work != "get" {
		return errors.ErrUnsupported
	}
	return inParallel(j, func() func() error {
		var req fasthttp.Request
		var resp fasthttp.Response
		req.SetRequestURI(j.url())
		return func() error {
			if err := do(&req, &resp); err != nil {
				return err
			}
			if resp.StatusCode() != 200 || !j.fits(len(resp.Body())) || len(resp.Header.Peek("ETag")) < 3 {
				return fmt.Errorf("status %d, %d octets", resp.StatusCode(), len(resp.Body()))
			}
			return nil
		}
	})
}
