// Command httpcat writes the documents under some URLs to standard
// output, one after the other, as they come. (Original: httpcat.py; unlike that
// it does not decode text, so that binary documents stay whole.)
//
// It is a single task on an event loop: io.Copy is suspended where it would
// wait. A program that does nothing else needs no loop, see docs/coroutines.md.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/examples/internal/get"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(urls []string, out, errOut io.Writer) int {
	if code, done := get.Usage(urls, "httpcat http[s]://host/path ...", out, errOut); done {
		return code
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
	f := aio.Go(context.Background(), l, func(ctx context.Context) (sum int64, err error) {
		for _, u := range urls {
			err := get.Document(ctx, u, func(resp *dugong.Response) error {
				n, err := io.Copy(out, resp.Body)
				sum += n
				return err
			})
			if err != nil {
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
