//go:build interop

package interop

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"sync"
	"time"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
)

// transportDriver uses dugonghttp.Transport below http.Client, with one
// connection: as many callers as the row has requests in flight.
type transportDriver struct {
	setting string
	depth   int // as Transport.Depth; -1: that of the row
}

func (d transportDriver) name() string { return "rt-" + d.setting }

func (d transportDriver) unfit(*call) string { return "" }

func (d transportDriver) run(g target, depth int, calls []*call) []*answer {
	answers := make([]*answer, len(calls))
	t := d.transport(g, depth)
	defer t.CloseIdleConnections()
	next := make(chan int)
	var callers sync.WaitGroup
	for range min(depth, len(calls)) {
		callers.Go(func() {
			for i := range next {
				trip(t, g, calls[i], answers[i])
			}
		})
	}
	for i := range calls {
		answers[i] = &answer{}
		next <- i
	}
	close(next)
	callers.Wait()
	return answers
}

// transport keeps one connection. It counts attempts in the answer that the
// context of a request has.
func (d transportDriver) transport(g target, depth int) *dugonghttp.Transport {
	t := &dugonghttp.Transport{
		TLSClientConfig: g.tls, Depth: d.depth, MaxConnsPerHost: 1, DisableCompression: true,
		ExpectContinueTimeout: wait100,
		// It counts from the request on, with all that is before it in the pipeline.
		ResponseHeaderTimeout: guard + time.Duration(depth)*guard/1000,
		OnRetry: func(r dugonghttp.Retry) {
			a := r.Request.Context().Value(answerKey{}).(*answer)
			a.attempts++
			if dugonghttp.Verdict(r.Err) == dugong.NotProcessed {
				a.unsent++
			}
		},
	}
	if d.depth < 0 {
		t.Depth = depth
	}
	if g.proxy != nil {
		t.Proxy = func(*http.Request) (*url.URL, error) { return g.proxy, nil }
	}
	return t
}

type answerKey struct{}

// trip does one call. OnRetry counts the attempts before the last.
func trip(t *dugonghttp.Transport, g target, c *call, a *answer) {
	ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), answerKey{}, a), 3*guard)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
		a.interim = append(a.interim, code)
		return nil
	}, Got100Continue: func() { a.interim = append(a.interim, 100) }})
	req, err := http.NewRequestWithContext(ctx, c.method, g.url(c), nil)
	if err != nil {
		a.attempts, a.err = 1, err
		return
	}
	for _, f := range c.header {
		req.Header.Add(f.Name, f.Value)
	}
	if c.body != nil {
		giveBody(req, c.body)
	}
	client := &http.Client{Transport: t, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	a.attempts++
	if err == nil {
		err = a.keep(resp)
	}
	var e *dugonghttp.Error
	if a.err = err; errors.As(err, &e) && e.Verdict == dugong.NotProcessed {
		a.unsent++
	}
}

// giveBody: of a type that net/http does not know, so that it is chunked unless
// its length is given; with a way to send it again.
func giveBody(req *http.Request, u *upload) {
	body := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(u.data)), nil }
	req.Body, _ = body()
	req.GetBody = body
	if len(u.data) == 0 && !u.chunked { // to net/http a length of 0 means an unknown one
		req.Body, req.GetBody = http.NoBody, nil
	}
	if req.ContentLength = int64(len(u.data)); u.chunked {
		req.ContentLength = -1
	}
	if u.expect {
		req.Header.Set("Expect", "100-continue")
	}
	for _, f := range u.trailer {
		if req.Trailer == nil {
			req.Trailer = http.Header{}
		}
		req.Trailer.Add(f.Name, f.Value)
	}
}

func (a *answer) keep(resp *http.Response) error {
	defer resp.Body.Close()
	if err := a.read(resp.Body); err != nil {
		return err
	}
	a.status = resp.StatusCode
	a.header, a.trailer = resp.Header.Get, resp.Trailer.Get
	return nil
}
