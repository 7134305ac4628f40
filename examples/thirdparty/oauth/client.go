// Package oauth puts golang.org/x/oauth2 on a dugonghttp.Transport.
package oauth

import (
	"context"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/dugong-http/dugong/dugonghttp"
)

// New makes a client that gets its tokens by conf and gets a new one when the
// last has run out. Both the requests and those for tokens go over tr. Requests
// with the same token share connections; where the token has changed, none is
// sent behind one with the old token.
func New(ctx context.Context, conf *clientcredentials.Config, tr *dugonghttp.Transport) *http.Client {
	ctx = context.WithValue(ctx, oauth2.HTTPClient, &http.Client{Transport: tr})
	return conf.Client(ctx)
}
