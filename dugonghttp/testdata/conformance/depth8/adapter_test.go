package conformance_test

import (
	"net/http"

	"github.com/dugong-http/dugong/dugonghttp"
)

func newForeignTransport(o *ForeignTransport) http.RoundTripper {
	return &dugonghttp.Transport{
		Depth:                  8,
		Proxy:                  o.Proxy,
		OnProxyConnectResponse: o.OnProxyConnectResponse,
		DialContext:            o.DialContext,
		DialTLSContext:         o.DialTLSContext,
		TLSClientConfig:        o.TLSClientConfig,
		TLSHandshakeTimeout:    o.TLSHandshakeTimeout,
		DisableKeepAlives:      o.DisableKeepAlives,
		DisableCompression:     o.DisableCompression,
		MaxIdleConns:           o.MaxIdleConns,
		MaxIdleConnsPerHost:    o.MaxIdleConnsPerHost,
		MaxConnsPerHost:        o.MaxConnsPerHost,
		IdleConnTimeout:        o.IdleConnTimeout,
		ResponseHeaderTimeout:  o.ResponseHeaderTimeout,
		ExpectContinueTimeout:  o.ExpectContinueTimeout,
		TLSNextProto:           o.TLSNextProto,
		ProxyConnectHeader:     o.ProxyConnectHeader,
		GetProxyConnectHeader:  o.GetProxyConnectHeader,
		MaxResponseHeaderBytes: o.MaxResponseHeaderBytes,
		WriteBufferSize:        o.WriteBufferSize,
		ReadBufferSize:         o.ReadBufferSize,
	}
}
