package dugonghttp

import (
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/net/http/httpguts"
)

// check refuses what no connection is needed to refuse. The texts are those
// of net/http.
func check(req *http.Request) error {
	switch {
	case req.URL == nil:
		return errors.New("http: nil Request.URL")
	case req.Header == nil:
		return errors.New("http: nil Request.Header")
	case req.URL.Scheme != "http" && req.URL.Scheme != "https":
		return fmt.Errorf("unsupported protocol scheme %q", req.URL.Scheme)
	}
	if err := checkHeader(req.Header, "header"); err != nil {
		return err
	}
	if err := checkHeader(req.Trailer, "trailer"); err != nil {
		return err
	}
	switch {
	case req.Method != "" && !validMethod(req.Method):
		return fmt.Errorf("net/http: invalid method %q", req.Method)
	case req.URL.Host == "":
		return errors.New("http: no Host in request URL")
	case req.ContentLength > 0 && (req.Body == nil || req.Body == http.NoBody):
		return fmt.Errorf("http: Request.ContentLength=%d with nil Body", req.ContentLength)
	}
	return nil
}

// checkHeader never shows a value: it may be a secret.
func checkHeader(h http.Header, what string) error {
	for name, values := range h {
		if !httpguts.ValidHeaderFieldName(name) {
			return fmt.Errorf("net/http: invalid %s field name %q", what, name)
		}
		for _, v := range values {
			if !httpguts.ValidHeaderFieldValue(v) {
				return fmt.Errorf("net/http: invalid %s field value for %q", what, name)
			}
		}
	}
	return nil
}

func validMethod(m string) bool {
	for _, r := range m {
		if !httpguts.IsTokenRune(r) {
			return false
		}
	}
	return m != ""
}

// closeBody closes the body of a request, which RoundTrip promises to do
// whatever happens.
func closeBody(req *http.Request) error {
	if req.Body == nil {
		return nil
	}
	return req.Body.Close()
}
