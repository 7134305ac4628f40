// Package reverseproxy puts httputil.ReverseProxy on a dugonghttp.Transport:
// requests of many clients share few connections to the backend.
package reverseproxy

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httputil"
	"net/url"

	"github.com/dugong-http/dugong"
	"github.com/dugong-http/dugong/dugonghttp"
)

// New makes a proxy to backend. A client whose request the backend cannot have
// acted on gets a 503 and may try again; where that is not known it gets a 502.
func New(backend *url.URL, tr *dugonghttp.Transport) *httputil.ReverseProxy {
	return &httputil.ReverseProxy{
		Transport: tr,
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(backend)
			r.SetXForwarded()
		},
		ErrorHandler: failed,
	}
}

func failed(w http.ResponseWriter, r *http.Request, err error) {
	verdict := dugonghttp.Verdict(err)
	slog.WarnContext(r.Context(), "backend", "method", r.Method, "path", r.URL.Path, "verdict", verdict.String(), "err", err)
	status := http.StatusBadGateway
	if verdict == dugong.NotProcessed && !errors.Is(err, r.Context().Err()) {
		status = http.StatusServiceUnavailable
	}
	w.WriteHeader(status)
}
