package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/internal/origin"
)

func docPath(i int) string { return "/doc/" + strconv.Itoa(i) }

// verify reads a body and compares its sum with the one known beforehand.
func verify(docs *origin.Documents, i int, body io.Reader) error {
	h := sha256.New()
	if _, err := io.Copy(h, body); err != nil {
		return fmt.Errorf("document %d: %w", i, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); sum != docs.Sum(i) {
		return fmt.Errorf("document %d is wrong: its SHA-256 is %s, not %s", i, sum, docs.Sum(i))
	}
	return nil
}

// overNetHTTP is net/http with so many connections, each asking for the next
// document when it has got one.
func overNetHTTP(connections int) runner {
	return func(ctx context.Context, s *site, n int) error {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		t := &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections, DisableCompression: true}
		defer t.CloseIdleConnections()
		var next atomic.Int64
		var all sync.WaitGroup
		for range connections {
			all.Go(func() {
				for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
					if err := getOne(ctx, t, s, i); err != nil {
						cancel(err)
					}
				}
			})
		}
		all.Wait()
		return context.Cause(ctx)
	}
}

func getOne(ctx context.Context, t *http.Transport, s *site, i int) error {
	req, err := http.NewRequestWithContext(ctx, "GET", s.url+docPath(i), nil)
	if err != nil {
		return err
	}
	resp, err := t.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("document %d: status %d", i, resp.StatusCode)
	}
	return verify(s.docs, i, resp.Body)
}

// overPipeline is dugong with one connection.
func overPipeline(ctx context.Context, s *site, n int) error {
	c, err := dugong.New(s.addr, nil)
	if err != nil {
		return err
	}
	defer c.Close()
	i := 0
	for resp, err := range c.Pipeline(ctx, docRequests(n)) {
		if err != nil {
			return err
		}
		if resp.Status != http.StatusOK {
			return fmt.Errorf("document %d: status %d", i, resp.Status)
		}
		if err := verify(s.docs, i, resp.Body); err != nil {
			return err
		}
		i++
	}
	if i < n {
		return fmt.Errorf("only %d of %d documents came", i, n)
	}
	return nil
}

func docRequests(n int) func(func(*dugong.Request) bool) {
	return func(yield func(*dugong.Request) bool) {
		for i := range n {
			if !yield(&dugong.Request{Path: docPath(i)}) {
				return
			}
		}
	}
}

// overFloor writes all requests at once and counts octets until all have come.
// How many that are it learns before, in a run that the server's closing ends.
func overFloor(ctx context.Context, s *site, n int) error {
	if s.octets == 0 {
		count, err := writeAndCount(ctx, s, n, math.MaxInt64)
		if s.octets = count; err != io.EOF {
			return err
		}
	}
	count, err := writeAndCount(ctx, s, n, s.octets)
	if least := int64(n) * s.docs.Size; err == nil && count < least {
		return fmt.Errorf("only %d octets came, the documents alone have %d", count, least)
	}
	return err
}

// writeAndCount reads so many octets; io.EOF says that there were fewer. The
// last request asks the server to close.
func writeAndCount(ctx context.Context, s *site, n int, octets int64) (int64, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", s.addr)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, func() { c.Close() })()
	var all bytes.Buffer
	for i := range n {
		last := ""
		if i == n-1 {
			last = "Connection: close\r\n"
		}
		fmt.Fprintf(&all, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", docPath(i), s.addr, last)
	}
	written := make(chan error, 1)
	go func() {
		_, err := c.Write(all.Bytes())
		written <- err
	}()
	count, err := io.CopyN(io.Discard, c, octets)
	if werr := <-written; err == nil {
		err = werr
	}
	return count, err
}
