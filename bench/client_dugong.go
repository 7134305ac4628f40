package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/dugong-http/dugong"
)

// library is dugong on one connection. Of each answer it reads the status, one
// field as bytes and the whole body. How small requests are done is the
// caller's choice.
func library(small func(context.Context, *dugong.Conn, job) error) func(job) error {
	return func(j job) error {
		cfg := &dugong.Config{PipelineDepth: j.Depth}
		if j.TLS {
			cfg.TLS = clientTLS()
		}
		ctx := context.Background()
		c, err := dugong.Dial(ctx, j.Addr, cfg)
		if err != nil {
			return err
		}
		defer c.Close()
		switch j.Work {
		case "get":
			return small(ctx, c, j)
		case "download":
			return libraryDownload(ctx, c, j)
		case "upload":
			return libraryUpload(ctx, c, j)
		case "slow":
			return librarySlow(ctx, c, j)
		}
		return errors.ErrUnsupported
	}
}

// pipeline is Conn.Pipeline.
func pipeline(ctx context.Context, c *dugong.Conn, j job) error {
	r := &dugong.Request{Path: j.Target}
	buf := make([]byte, 64<<10)
	done := 0
	for resp, err := range c.Pipeline(ctx, func(yield func(*dugong.Request) bool) {
		for range j.Count {
			if !yield(r) {
				return
			}
		}
	}) {
		if err != nil {
			return err
		}
		if err := checkAnswer(resp, buf, j.size(done)); err != nil {
			return err
		}
		done++
	}
	return nil
}

// byHand sends j.Depth requests, reads as many answers, and so on.
func byHand(into bool) func(context.Context, *dugong.Conn, job) error {
	return func(ctx context.Context, c *dugong.Conn, j job) error {
		r := &dugong.Request{Path: j.Target}
		buf := make([]byte, 64<<10)
		var own dugong.Response
		for done := 0; done < j.Count; {
			k := min(j.Depth, j.Count-done)
			for i := range k {
				r.More = i < k-1
				if err := c.SendRequest(ctx, r); err != nil {
					return err
				}
			}
			for ; k > 0; k-- {
				resp, err := readOne(ctx, c, &own, into)
				if err != nil {
					return err
				}
				if err := checkAnswer(resp, buf, j.size(done)); err != nil {
					return err
				}
				done++
			}
		}
		return nil
	}
}

func readOne(ctx context.Context, c *dugong.Conn, own *dugong.Response, into bool) (*dugong.Response, error) {
	if !into {
		return c.ReadResponse(ctx)
	}
	return own, c.ReadResponseInto(ctx, own)
}

func checkAnswer(resp *dugong.Response, buf []byte, size int) error {
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
	if resp.Status != 200 || sum != size || len(resp.Header.Bytes("ETag")) < 3 {
		return fmt.Errorf("status %d, %d octets", resp.Status, sum)
	}
	return nil
}

func libraryDownload(ctx context.Context, c *dugong.Conn, j job) error {
	buf := make([]byte, 256<<10)
	var resp dugong.Response
	for range j.Count {
		if err := c.SendRequest(ctx, &dugong.Request{Path: j.Target}); err != nil {
			return err
		}
		if err := c.ReadResponseInto(ctx, &resp); err != nil {
			return err
		}
		if err := checkAnswer(&resp, buf, j.Size); err != nil {
			return err
		}
	}
	return nil
}

func libraryUpload(ctx context.Context, c *dugong.Conn, j job) error {
	buf := make([]byte, 100)
	var resp dugong.Response
	for range j.Count {
		if err := libraryPut(ctx, c, j); err != nil {
			return err
		}
		if err := c.ReadResponseInto(ctx, &resp); err != nil {
			return err
		}
		n, err := resp.Body.Read(buf)
		if took, _ := strconv.Atoi(string(buf[:n])); err != nil || resp.Status != 200 || took < j.Size {
			return fmt.Errorf("status %d, %q, %v", resp.Status, buf[:n], err)
		}
		if err := resp.Body.Close(); err != nil {
			return err
		}
	}
	return nil
}

// libraryPut writes memory by Write and a file by ReadFrom.
func libraryPut(ctx context.Context, c *dugong.Conn, j job) error {
	src, done, err := j.body()
	if err != nil {
		return err
	}
	defer done()
	body := dugong.BodyFollowing(int64(j.Size))
	if j.Chunk > 0 {
		body = dugong.BodyChunked()
	}
	if err := c.SendRequest(ctx, &dugong.Request{Method: "PUT", Path: j.Target, Body: body}); err != nil {
		return err
	}
	if m, ok := src.(*memory); ok {
		_, err = m.WriteTo(c)
	} else {
		_, err = c.ReadFrom(src)
	}
	if err == nil && j.Chunk > 0 {
		err = c.EndBody(nil)
	}
	return err
}
