package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/valyala/fasthttp"
)

// callers runs j.Count calls from j.Depth goroutines.
func callers(j job, call func() error) error {
	var left atomic.Int64
	left.Store(int64(j.Count))
	var first atomic.Pointer[error]
	var wg sync.WaitGroup
	for range j.Depth {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					first.CompareAndSwap(nil, &err)
					return
				}
			}
		})
	}
	wg.Wait()
	if p := first.Load(); p != nil {
		return *p
	}
	return nil
}

// fastPipeline is fasthttp's PipelineClient with one connection.
func fastPipeline(j job) error {
	if j.Work != "get" {
		return errors.ErrUnsupported
	}
	c := &fasthttp.PipelineClient{Addr: j.Addr, MaxConns: 1, MaxPendingRequests: j.Depth, IsTLS: j.TLS, TLSConfig: clientTLS()}
	url := j.url()
	return callers(j, func() error {
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		defer fasthttp.ReleaseRequest(req)
		defer fasthttp.ReleaseResponse(resp)
		req.SetRequestURI(url)
		if err := c.Do(req, resp); err != nil {
			return err
		}
		if resp.StatusCode() != 200 || len(resp.Body()) != j.Size || len(resp.Header.Peek("ETag")) < 3 {
			return fmt.Errorf("status %d, %d octets", resp.StatusCode(), len(resp.Body()))
		}
		return nil
	})
}

func (j *job) url() string {
	if j.TLS {
		return "https://" + j.Addr + j.Target
	}
	return "http://" + j.Addr + j.Target
}

// netHTTP is net/http with a connection for each request in flight, 64 at most.
func netHTTP(j job) error {
	n := min(j.Depth, 64)
	t := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true, TLSClientConfig: clientTLS()}
	defer t.CloseIdleConnections()
	client := &http.Client{Transport: t}
	url := j.url()
	if j.Work == "upload" {
		return errors.ErrUnsupported
	}
	var buffers = sync.Pool{New: func() any { return new([256 << 10]byte) }}
	return callers(j, func() error {
		resp, err := client.Get(url)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		buf := buffers.Get().(*[256 << 10]byte)
		defer buffers.Put(buf)
		sum := 0
		for {
			n, err := resp.Body.Read(buf[:])
			sum += n
			if err == io.EOF {
				break
			}
			if err != nil {
				return err
			}
		}
		if resp.StatusCode != 200 || sum != j.Size || len(resp.Header.Get("ETag")) < 3 {
			return fmt.Errorf("status %d, %d octets", resp.StatusCode, sum)
		}
		return nil
	})
}
