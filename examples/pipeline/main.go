// Command pipeline fetches many documents of one server over one connection:
// one task sends all requests, another one reads all answers, and neither has
// to think of the other's buffers. It prints nothing unless something is wrong.
// (Original: pipeline1.py. Conn.Pipeline does the same without an event loop.)
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/examples/internal/get"
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

func run(args []string, errOut io.Writer) int {
	if len(args) == 0 {
		fmt.Fprintln(errOut, "usage: pipeline http[s]://host/path ...")
		return 2
	}
	first, paths, err := split(args)
	if err == nil {
		err = fetch(first, paths)
	}
	if err != nil {
		fmt.Fprintln(errOut, "pipeline:", err)
		return 1
	}
	return 0
}

// split takes the server, which must be the same, off the URLs.
func split(args []string) (first string, paths []string, err error) {
	var server url.URL
	for _, text := range args {
		u, _, err := get.Config(text)
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("%s: %w", text, err)
		case len(paths) > 0 && (u.Host != server.Host || u.Scheme != server.Scheme):
			return "", nil, errors.New("all URLs must be of one server")
		}
		server = *u
		paths = append(paths, u.RequestURI())
	}
	return args[0], paths, nil
}

func fetch(first string, paths []string) error {
	u, cfg, err := get.Config(first)
	if err != nil {
		return err
	}
	l, err := aio.NewLoop()
	if err != nil {
		return err
	}
	defer l.Close()
	cfg.ReaderWaits = true // the reader may be there before the first request
	c, err := dugong.New(u.Host, cfg)
	if err != nil {
		return err
	}
	defer c.Close()
	ctx := context.Background()
	read := aio.Go(ctx, l, func(ctx context.Context) (int64, error) { return readAll(ctx, c, len(paths)) })
	send := aio.Go(ctx, l, func(ctx context.Context) (struct{}, error) {
		err := sendAll(ctx, c, paths)
		if err != nil {
			read.Cancel() // there is nothing to wait for
		}
		return struct{}{}, err
	})
	if err := l.Run(ctx); err != nil {
		return err
	}
	if _, err := send.Result(); err != nil {
		return err
	}
	_, err = read.Result()
	return err
}

func sendAll(ctx context.Context, c *dugong.Conn, paths []string) error {
	for _, p := range paths {
		if err := c.SendRequest(ctx, &dugong.Request{Path: p}); err != nil {
			return err
		}
	}
	return c.Flush(ctx)
}

func readAll(ctx context.Context, c *dugong.Conn, n int) (sum int64, err error) {
	for range n {
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return sum, err
		}
		if err := get.Good(resp); err != nil {
			return sum, fmt.Errorf("%s: %w", resp.Path, err)
		}
		m, err := io.Copy(io.Discard, resp.Body)
		if sum += m; err != nil {
			return sum, err
		}
	}
	return sum, nil
}
