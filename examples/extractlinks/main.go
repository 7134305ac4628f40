// Command extractlinks prints the links of an HTML document under an http or
// https URL, as absolute URLs and in their order, while the document comes.
// (Original: extract_links.py.)
//
// The tokenizer pulls the document through an io.Reader and knows nothing of
// the event loop under it.
package main

import (
	"context"
	"fmt"
	"io"
	"mime"
	"net/url"
	"os"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/examples/internal/get"
	"golang.org/x/net/html"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errOut io.Writer) int {
	const usage = "extractlinks http[s]://host/path"
	if code, done := get.Usage(args, usage, out, errOut); done {
		return code
	}
	if len(args) > 1 {
		fmt.Fprintln(errOut, "usage:", usage)
		return 2
	}
	if err := extract(args[0], out); err != nil {
		fmt.Fprintf(errOut, "extractlinks: %s: %v\n", args[0], err)
		return 1
	}
	return 0
}

func extract(text string, out io.Writer) error {
	l, err := aio.NewLoop()
	if err != nil {
		return err
	}
	defer l.Close()
	f := aio.Go(context.Background(), l, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, get.Document(ctx, text, func(resp *dugong.Response) error { return links(resp, text, out) })
	})
	if err := l.Run(context.Background()); err != nil {
		return err
	}
	_, err = f.Result()
	return err
}

func links(resp *dugong.Response, text string, out io.Writer) error {
	switch kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); kind {
	case "text/html", "application/xhtml+xml", "text/xhtml":
	default:
		return fmt.Errorf("it is %q, not HTML", kind)
	}
	base, err := url.Parse(text)
	if err != nil {
		return err
	}
	return tokens(resp.Body, base, out)
}

func tokens(r io.Reader, base *url.URL, out io.Writer) error {
	for z := html.NewTokenizer(r); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return nil
			}
			return z.Err()
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if t.Data != "a" {
				continue
			}
			for _, a := range t.Attr {
				if a.Key != "href" {
					continue
				}
				if to, err := base.Parse(a.Val); err == nil {
					fmt.Fprintln(out, to)
				}
			}
		}
	}
}
