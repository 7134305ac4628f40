// Package get is what the example programs have in common: from a URL to the
// answer of its server.
package get

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"

	"github.com/dugong-http/dugong"
)

// Config takes apart an http or https URL: the connection to its server is
// dugong.New(u.Host, cfg), the target of a request u.RequestURI().
func Config(text string) (u *url.URL, cfg *dugong.Config, err error) {
	u, err = url.Parse(text)
	switch {
	case err != nil:
		return nil, nil, err
	case u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return nil, nil, errors.New("give a URL that begins with http:// or https://")
	}
	cfg = &dugong.Config{}
	if u.Scheme == "https" {
		cfg.TLS = &tls.Config{}
	}
	return u, cfg, nil
}

// Usage is what to do where the arguments of a program are no URLs: none at
// all, or a call for help. It prints text there; done says that this was all.
func Usage(args []string, text string, out, errOut io.Writer) (code int, done bool) {
	if len(args) == 0 {
		fmt.Fprintln(errOut, "usage:", text)
		return 2, true
	}
	for _, a := range args {
		switch a {
		case "-h", "-help", "--help":
			fmt.Fprintln(out, "usage:", text)
			return 0, true
		}
	}
	return 0, false
}

// Document asks for a document and hands its answer, if that has status 200, to
// use, which reads the body. The connection is for this one only.
func Document(ctx context.Context, text string, use func(*dugong.Response) error) error {
	u, cfg, err := Config(text)
	if err != nil {
		return err
	}
	c, err := dugong.Dial(ctx, u.Host, cfg)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SendRequest(ctx, &dugong.Request{Path: u.RequestURI()}); err != nil {
		return err
	}
	resp, err := c.ReadResponse(ctx)
	if err != nil {
		return err
	}
	if err := Good(resp); err != nil {
		return err
	}
	return use(resp)
}

// Good is an error unless the status is 200.
func Good(resp *dugong.Response) error {
	if resp.Status != 200 {
		return fmt.Errorf("%d %s", resp.Status, resp.Reason)
	}
	return nil
}
