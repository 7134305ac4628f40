package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/dugong-http/dugong/dugonghttp"
)

// netHTTP is net/http with a connection for each request in flight, 64 at most.
func netHTTP(j job) error {
	n := min(j.Depth, 64)
	t := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true, TLSClientConfig: clientTLS()}
	defer t.CloseIdleConnections()
	return roundTrips(j, t)
}

// dugongHTTP is our RoundTripper with so many requests on a connection, 0:
// as many as it thinks fit.
func dugongHTTP(depth int) func(job) error {
	return func(j job) error {
		t := &dugonghttp.Transport{Depth: depth, MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, DisableCompression: true, TLSClientConfig: clientTLS()}
		defer t.CloseIdleConnections()
		return roundTrips(j, t)
	}
}

// roundTrips asks by j.Depth callers. Each has a request that it uses again and
// again, so that making requests does not count for anybody.
func roundTrips(j job, t http.RoundTripper) error {
	if j.Work == "upload" {
		return errors.ErrUnsupported
	}
	return inParallel(j, func() func() error {
		buf := make([]byte, 256<<10)
		req, err := http.NewRequest("GET", j.url(), nil)
		return func() error {
			if err != nil {
				return err
			}
			resp, err := t.RoundTrip(req)
			if err != nil {
				return err
			}
			defer resp.Body.Close()
			return j.checkHTTP(resp, buf)
		}
	})
}

func (j *job) checkHTTP(resp *http.Response, buf []byte) error {
	sum := 0
	for {
		n, err := resp.Body.Read(buf)
		sum += n
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if resp.StatusCode != 200 || !j.fits(sum) || len(resp.Header.Get("ETag")) < 3 {
		return fmt.Errorf("status %d, %d octets", resp.StatusCode, sum)
	}
	return nil
}
