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

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errOut io.Writer) int {
	if code, done := get.Usage(args, "pipeline http[s]://host/path ...", out, errOut); done {
		return code
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
	// Where one task fails, the other one has nothing to wait for.
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	task := func(f func(ctx context.Context, c *dugong.Conn, paths []string) error) {
		aio.Go(ctx, l, func(ctx context.Context) (struct{}, error) {
			err := f(ctx, c, paths)
			if err != nil {
				cancel(err)
			}
			return struct{}{}, err
		})
	}
	task(readAll)
	task(sendAll)
	if err := l.Run(context.Background()); err != nil {
		return err
	}
	return context.Cause(ctx) // the first error
}

func sendAll(ctx context.Context, c *dugong.Conn, paths []string) error {
	for _, p := range paths {
		if err := c.SendRequest(ctx, &dugong.Request{Path: p}); err != nil {
			return err
		}
	}
	return c.Flush(ctx)
}

func readAll(ctx context.Context, c *dugong.Conn, paths []string) error {
	for range paths {
		resp, err := c.ReadResponse(ctx)
		if err != nil {
			return err
		}
		if err := get.Good(resp); err != nil {
			return fmt.Errorf("%s: %w", resp.Path, err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			return err
		}
	}
	return nil
}
