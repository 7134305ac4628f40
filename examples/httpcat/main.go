// Command httpcat writes the documents under some http URLs to standard
// output, one after the other, as they come. (Original: httpcat.py; unlike that
// it does not decode text, so that binary documents stay whole.)
//
// It is a single task on an event loop: io.Copy is suspended where it would
// wait. A program that does nothing else needs no loop, see docs/coroutines.md.
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
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(urls []string, out, errOut io.Writer) int {
	if len(urls) == 0 {
		fmt.Fprintln(errOut, "usage: httpcat http://host/path ...")
		return 2
	}
	if err := cat(urls, out); err != nil {
		fmt.Fprintln(errOut, "httpcat:", err)
		return 1
	}
	return 0
}

func cat(urls []string, out io.Writer) error {
	l, err := aio.NewLoop()
	if err != nil {
		return err
	}
	defer l.Close()
	f := aio.Go(context.Background(), l, func(ctx context.Context) (int64, error) {
		var sum int64
		for _, u := range urls {
			n, err := one(ctx, u, out)
			if sum += n; err != nil {
				return sum, fmt.Errorf("%s: %w", u, err)
			}
		}
		return sum, nil
	})
	if err := l.Run(context.Background()); err != nil {
		return err
	}
	_, err = f.Result()
	return err
}

func one(ctx context.Context, text string, out io.Writer) (int64, error) {
	u, err := url.Parse(text)
	if err != nil {
		return 0, err
	}
	if u.Scheme != "http" || u.Host == "" {
		return 0, errors.New("give an URL that begins with http://")
	}
	c, err := dugong.Dial(ctx, u.Host, nil)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	if err := c.SendRequest(ctx, &dugong.Request{Path: u.RequestURI()}); err != nil {
		return 0, err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return 0, err
	}
	if resp.Status != 200 {
		return 0, fmt.Errorf("%d %s", resp.Status, resp.Reason)
	}
	return io.Copy(out, resp.Body)
}
