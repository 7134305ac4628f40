package dugongotel

import (
	"net/http"
	"net/url"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// A Config says where to report to, and what. The zero value is ready to use,
// and so is a nil *Config.
type Config struct {
	// MeterProvider and TracerProvider are those of the program
	// (otel.GetMeterProvider, otel.GetTracerProvider) where they are nil.
	// Those of the noop packages turn one half off.
	MeterProvider  metric.MeterProvider
	TracerProvider trace.TracerProvider
	// Propagator adds the span's context to the header of each request. Nil
	// adds nothing: servers of other people need not know of your traces.
	// otel.GetTextMapPropagator gives that of the program.
	Propagator propagation.TextMapPropagator
	// SpanName names the span of a request; nil means its method.
	SpanName func(*http.Request) string
	// URL gives the attribute url.full; nil means the URL without user,
	// password, query and fragment, which often hold secrets.
	URL func(*url.URL) string
}

func (c *Config) withDefaults() Config {
	var d Config
	if c != nil {
		d = *c
	}
	if d.MeterProvider == nil {
		d.MeterProvider = otel.GetMeterProvider()
	}
	if d.TracerProvider == nil {
		d.TracerProvider = otel.GetTracerProvider()
	}
	if d.SpanName == nil {
		d.SpanName = func(r *http.Request) string { return string(methodOf(r.Method)) }
	}
	if d.URL == nil {
		d.URL = plainURL
	}
	return d
}

func plainURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}
