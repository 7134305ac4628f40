package dugongotel

import (
	"context"
	"net/http"

	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/dugong-http/dugong/dugonghttp"
)

const scope = "github.com/dugong-http/dugong/otel"

// A Transport is an http.RoundTripper that reports. Make one with New.
type Transport struct {
	base   *dugonghttp.Transport
	cfg    Config
	inst   *instruments
	tracer trace.Tracer
	origin metric.Registration
}

// New reports on tr from now on and returns the http.RoundTripper to use in
// its place. It sets hooks of tr (Metrics, OnRetry; those that are set already
// are called too), so it has to come before tr's first request, and once for
// each tr. A request that is sent by tr itself has no span and no duration. A
// nil cfg means the zero Config. An error comes from the meter provider.
func New(tr *dugonghttp.Transport, cfg *Config) (*Transport, error) {
	t := &Transport{base: tr, cfg: cfg.withDefaults()}
	t.tracer = t.cfg.TracerProvider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL))
	meter := t.cfg.MeterProvider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))
	var err error
	if t.inst, err = newInstruments(meter); err != nil {
		return nil, err
	}
	if t.origin, err = meter.RegisterCallback(t.observe, t.inst.conns.Inst(), t.inst.depth); err != nil {
		return nil, err
	}
	t.hook()
	return t, nil
}

// Close ends the observation of connections, which otherwise keeps the
// Transport in memory as long as its meter provider. Requests go on to be
// reported. It does not close connections.
func (t *Transport) Close() error { return t.origin.Unregister() }

// CloseIdleConnections is for http.Client.CloseIdleConnections.
func (t *Transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// RoundTrip sends one request and returns its response (http.RoundTripper).
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	f := t.begin(ctx, req)
	if f == nil {
		return t.base.RoundTrip(req)
	}
	sent := req.WithContext(context.WithValue(trace.ContextWithSpan(ctx, f.span), flightKey{}, f))
	if p := t.cfg.Propagator; p != nil {
		if sent.Header = req.Header.Clone(); sent.Header == nil {
			sent.Header = http.Header{}
		}
		p.Inject(sent.Context(), propagation.HeaderCarrier(sent.Header))
	}
	resp, err := t.base.RoundTrip(sent)
	if err != nil {
		f.end(err)
		return nil, err
	}
	if resp.Request == sent {
		resp.Request = req
	}
	f.answered(resp)
	return resp, nil
}
