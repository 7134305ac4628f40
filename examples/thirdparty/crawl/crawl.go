// Package crawl puts gocolly/colly on a dugonghttp.Transport.
package crawl

import (
	"net/http"
	"net/url"
	"sync"

	"github.com/gocolly/colly/v2"

	"github.com/dugong-http/dugong/dugonghttp"
)

// A Result is what Site found.
type Result struct {
	Pages  map[string]string // body by path
	Failed map[string]error  // by path
}

// Site follows all links below start, a hundred requests at a time. They go
// over few connections: colly's own limit is on requests, MaxConnsPerHost of
// tr is on connections.
func Site(start *url.URL, tr *dugonghttp.Transport) (*Result, error) {
	c := colly.NewCollector(colly.Async(true), colly.AllowedDomains(start.Hostname(), start.Host))
	c.WithTransport(tr)
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: 100}); err != nil {
		return nil, err
	}
	var mu sync.Mutex
	r := &Result{Pages: map[string]string{}, Failed: map[string]error{}}
	c.OnHTML("a[href]", func(e *colly.HTMLElement) {
		e.Request.Visit(e.Attr("href")) // an error: it was visited already, or is elsewhere
	})
	c.OnResponse(func(resp *colly.Response) {
		mu.Lock()
		defer mu.Unlock()
		r.Pages[resp.Request.URL.Path] = string(resp.Body)
	})
	c.OnError(func(resp *colly.Response, err error) {
		mu.Lock()
		defer mu.Unlock()
		if resp.StatusCode != http.StatusOK {
			r.Failed[resp.Request.URL.Path] = err
		}
	})
	if err := c.Visit(start.String()); err != nil {
		return nil, err
	}
	c.Wait()
	return r, nil
}
