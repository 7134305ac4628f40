// Command crawl follows the links of a site with two thousand connections on
// one goroutine: every connection is a task, and what they share, the pages
// seen and those to come, is a plain map and a slice without a lock.
//
//	crawl [-conns 2000] [-max 10000] [http[s]://host/path]
//
// Without a URL it crawls a site of its own, made up as it goes, on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/aio"
	"github.com/dugong-http/dugong/examples/internal/get"
	"golang.org/x/net/html"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out, errOut io.Writer) int {
	flags := flag.NewFlagSet("crawl", flag.ContinueOnError)
	flags.SetOutput(errOut)
	conns := flags.Int("conns", 2000, "connections at once")
	most := flags.Int("max", 10000, "pages to fetch at most")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return 2
	}
	if fault := bad(flags.NArg(), *conns, *most); fault != "" {
		fmt.Fprintln(errOut, "crawl:", fault)
		return 2
	}
	start := flags.Arg(0)
	if start == "" {
		s, err := startSite(*most)
		if err != nil {
			fmt.Fprintln(errOut, "crawl:", err)
			return 1
		}
		defer s.Close()
		start = "http://" + s.addr
	}
	c, err := newCrawl(start, *conns, *most)
	if err == nil {
		err = c.run()
	}
	if err != nil {
		fmt.Fprintln(errOut, "crawl:", err)
		return 1
	}
	fmt.Fprintf(out, "%d pages, %d octets, %d failures, %d connections at once, in %v\n", c.pages, c.octets, c.failures, c.high, time.Since(c.begun).Round(time.Millisecond))
	if c.failures > 0 {
		fmt.Fprintln(errOut, "crawl: the last failure:", c.last)
		return 1
	}
	return 0
}

// bad says what is wrong with the arguments.
func bad(urls, conns, most int) string {
	switch {
	case urls > 1:
		return fmt.Sprintf("one URL at most can be given, not %d", urls)
	case conns < 1:
		return fmt.Sprintf("-conns must be 1 or more, not %d", conns)
	case most < 1:
		return fmt.Sprintf("-max must be 1 or more, not %d", most)
	}
	return ""
}

// A crawl is used by its tasks only, so one at a time.
type crawl struct {
	loop  *aio.Loop
	base  *url.URL
	cfg   *dugong.Config
	most  int
	begun time.Time

	seen map[string]bool
	todo []string // paths

	pages, failures int
	octets          int64
	last            error

	conns, workers, high int
}

func newCrawl(start string, conns, most int) (*crawl, error) {
	u, cfg, err := get.Config(start)
	if err != nil {
		return nil, err
	}
	path := u.RequestURI()
	return &crawl{base: u, cfg: cfg, conns: conns, most: most, seen: map[string]bool{path: true}, todo: []string{path}, begun: time.Now()}, nil
}

func (c *crawl) run() (err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // one thread, to show that it does
	if c.loop, err = aio.NewLoop(); err != nil {
		return err
	}
	defer c.loop.Close()
	c.hire()
	return c.loop.Run(context.Background())
}

// hire starts a worker for a path to fetch, as long as there may be more.
func (c *crawl) hire() {
	if c.workers < c.conns {
		c.workers++
		aio.Go(context.Background(), c.loop, c.worker)
	}
}

// worker fetches pages over one connection until there are none left.
func (c *crawl) worker(ctx context.Context) (struct{}, error) {
	defer func() { c.workers-- }()
	conn, err := dugong.New(c.base.Host, c.cfg)
	if err != nil {
		return struct{}{}, err
	}
	defer conn.Close()
	c.high = max(c.high, c.workers)
	for len(c.todo) > 0 {
		path := c.todo[len(c.todo)-1]
		c.todo = c.todo[:len(c.todo)-1]
		if err := c.page(ctx, conn, path); err != nil {
			c.failures++
			c.last = fmt.Errorf("%s: %w", path, err)
			conn.Reset()
		}
	}
	return struct{}{}, nil
}

func (c *crawl) page(ctx context.Context, conn *dugong.Conn, path string) error {
	if err := conn.SendRequest(ctx, &dugong.Request{Path: path}); err != nil {
		return err
	}
	resp, err := conn.ReadResponse(ctx)
	if err != nil {
		return err
	}
	if err := get.Good(resp); err != nil {
		return errors.Join(err, resp.Body.Close())
	}
	body := &counter{r: resp.Body}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		err = c.links(body, path)
	} else {
		_, err = io.Copy(io.Discard, body)
	}
	c.pages++
	c.octets += body.n
	return err
}

// links notes what the page links to on the same site.
func (c *crawl) links(r io.Reader, path string) error {
	here, err := c.base.Parse(path)
	if err != nil {
		return err
	}
	for z := html.NewTokenizer(r); ; {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() == io.EOF {
				return nil
			}
			return z.Err()
		case html.StartTagToken:
			for _, a := range z.Token().Attr {
				if a.Key == "href" {
					c.found(here, a.Val)
				}
			}
		}
	}
}

func (c *crawl) found(here *url.URL, link string) {
	u, err := here.Parse(link)
	if err != nil || u.Host != c.base.Host || u.Scheme != c.base.Scheme {
		return
	}
	if p := u.RequestURI(); !c.seen[p] && len(c.seen) < c.most {
		c.seen[p] = true
		c.todo = append(c.todo, p)
		c.hire()
	}
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
