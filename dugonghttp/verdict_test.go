package dugonghttp_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
	"github.com/dugong-http/dugong/internal/wiretest"
)

// What never left is not processed, in whatever form an http.Client tells it.
func TestVerdictOfNothingSent(t *testing.T) {
	srv := wiretest.Serve(t, wiretest.Plain, func(p *wiretest.Peer) {
		p.Read(1)
		p.Send("HTTP/1.1 400 Bad Request\r\n\r\n")
		p.Drain()
	})
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	request := func(target string, change func(*http.Request)) *http.Request {
		req, err := http.NewRequest("GET", target, nil)
		if err != nil {
			t.Fatal(err)
		}
		if change != nil {
			change(req)
		}
		return req
	}
	for _, c := range []struct {
		req  *http.Request
		want string
	}{
		{request("ftp://origin.test/", nil), `unsupported protocol scheme "ftp"`},
		{request("http://origin.test/", func(r *http.Request) { r.Header["A B"] = []string{"x"} }), `invalid header field name "A B"`},
		{request("http://origin.test/", func(r *http.Request) { r.Header.Set("A", "x\ny") }), `invalid header field value for "A"`},
		{request("http://origin.test/", func(r *http.Request) { r.Method = "G T" }), `invalid method "G T"`},
		{request("http:///x", nil), "no Host in request URL"},
		{request("http://origin.test/", func(r *http.Request) { *r = *r.WithContext(expired) }), "deadline exceeded"},
		{request("https://"+srv.Addr+"/", nil), http.ErrSchemeMismatch.Error()},
	} {
		_, err := (&http.Client{Transport: &dugonghttp.Transport{}}).Do(c.req)
		if err == nil || !strings.Contains(err.Error(), c.want) || dugonghttp.Verdict(err) != dugong.NotProcessed {
			t.Errorf("%s: got %v, %v", c.want, err, dugonghttp.Verdict(err))
		}
		var u *url.Error
		if errors.As(err, &u) && u.Timeout() != errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v: timeout: %v", err, u.Timeout())
		}
	}
}

// A context that had ended before, for a reason of its own, gives that reason
// as it is: net/http does so, and who gave it may compare it.
func TestReasonOfAnEndedContext(t *testing.T) {
	mine := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(mine)
	if _, err := new(dugonghttp.Transport).RoundTrip(get(t, "http://origin.test/").WithContext(ctx)); err != mine {
		t.Errorf("got %v, want the reason and nothing else", err)
	}
}

// Nor was anything sent where the choice of a proxy failed.
func TestVerdictOfNoRoute(t *testing.T) {
	none := errors.New("no proxy today")
	tr := &dugonghttp.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, none }}
	_, err := (&http.Client{Transport: tr}).Get("http://origin.test/")
	if !errors.Is(err, none) || dugonghttp.Verdict(err) != dugong.NotProcessed {
		t.Errorf("got %v, %v", err, dugonghttp.Verdict(err))
	}
}

// The verdict of a request is told once, and nothing of those beside it.
func TestVerdictIsToldOnce(t *testing.T) {
	cause := &dugong.Error{Kind: dugong.ErrConnectionClosed, Op: "read response", MaybeProcessed: 1, NotProcessed: 2}
	err := &dugonghttp.Error{Verdict: dugong.MaybeProcessed, Err: cause}
	if want := "dugong: read response: connection closed (maybe processed)"; err.Error() != want {
		t.Errorf("got %q, want %q", err.Error(), want)
	}
	if !errors.Is(err, error(cause)) || cause.MaybeProcessed != 1 || cause.NotProcessed != 2 {
		t.Errorf("the cause changed: %+v", cause)
	}
}
