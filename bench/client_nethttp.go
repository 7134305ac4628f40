package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/dugong-http/dugong/dugonghttp"
)

// netHTTP is net/http with a connection for each request in flight, 64 at most.
func netHTTP(j job) error {
	n := min(j.Depth, 64)
	t := &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: n, DisableCompression: true, TLSClientConfig: clientTLS()}
	defer t.CloseIdleConnections()
	switch j.Work {
	case "upload":
		return netHTTPUpload(t, j)
	case "slow":
		return netHTTPSlow(t, j)
	}
	return roundTrips(j, t)
}

// netHTTPOver is net/http with so many connections and callers.
func netHTTPOver(n int) func(job) error {
	return func(j job) error {
		j.Depth = n
		return netHTTP(j)
	}
}

// netHTTP2 is net/http's HTTP/2 on one connection, without TLS, as the others.
func netHTTP2(j job) error {
	var p http.Protocols
	p.SetUnencryptedHTTP2(true)
	t := &http.Transport{Protocols: &p, DisableCompression: true}
	c, err := t.NewClientConn(context.Background(), "http", j.Addr)
	if err != nil {
		return err
	}
	defer c.Close()
	return roundTrips(j, c)
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
	return inParallel(j, func() func() error {
		buf := make([]byte, j.bufferSize())
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

// netHTTPUpload sends bodies of a known length, or chunked.
func netHTTPUpload(t *http.Transport, j job) error {
	for range j.Count {
		src, done, err := j.body()
		if err != nil {
			return err
		}
		req, err := http.NewRequest("PUT", j.url(), src)
		if err != nil {
			return err
		}
		if req.ContentLength = int64(j.Size); j.Chunk > 0 {
			req.ContentLength = -1
		}
		resp, err := t.RoundTrip(req)
		if err != nil {
			return err
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		done()
		if took, _ := strconv.Atoi(string(text)); err != nil || resp.StatusCode != 200 || took < j.Size {
			return fmt.Errorf("status %d, %q, %v", resp.StatusCode, text, err)
		}
	}
	return nil
}

// bufferSize is that of the caller's buffer.
func (j *job) bufferSize() int {
	if j.Work == "download" {
		return 256 << 10
	}
	return 64 << 10
}
