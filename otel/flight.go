package dugongotel

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/dugong-http/dugong/dugonghttp"
)

type flightKey struct{}

// A flight is one request, from RoundTrip to the end of its response's body.
type flight struct {
	t      *Transport
	ctx    context.Context // of the span
	span   trace.Span
	begun  time.Time
	method httpconv.RequestMethodAttr
	server server
	scheme string
	status int
	once   sync.Once
}

// begin returns nil if nobody wants to know.
func (t *Transport) begin(ctx context.Context, req *http.Request) *flight {
	if req.URL == nil {
		return nil
	}
	counts := t.inst.duration.Enabled(ctx) || t.inst.active.Enabled(ctx)
	f := &flight{t: t, begun: time.Now(), method: methodOf(req.Method), server: serverOf(req.URL), scheme: req.URL.Scheme}
	f.ctx, f.span = t.tracer.Start(ctx, t.cfg.SpanName(req), trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(f.begun))
	if !counts && !f.span.IsRecording() && t.cfg.Propagator == nil {
		return nil
	}
	if f.span.IsRecording() {
		f.span.SetAttributes(append(f.server.attributes(),
			semconv.HTTPRequestMethodKey.String(string(f.method)), semconv.URLFull(t.cfg.URL(req.URL)))...)
		if f.method == httpconv.RequestMethodOther {
			f.span.SetAttributes(semconv.HTTPRequestMethodOriginal(req.Method))
		}
	}
	f.active(1)
	return f
}

func (f *flight) active(change int64) {
	a := f.t.inst.active
	a.Add(f.ctx, change, f.server.address, f.server.port, a.AttrRequestMethod(f.method), a.AttrURLScheme(f.scheme))
}

// answered takes the response's head. The flight ends with the body.
func (f *flight) answered(resp *http.Response) {
	f.status = resp.StatusCode
	if resp.StatusCode == http.StatusSwitchingProtocols || resp.Body == nil || resp.Body == http.NoBody {
		f.end(nil)
		return
	}
	resp.Body = &body{resp.Body, f}
}

// end is called at the end, possibly more than once. err is nil if the
// response came whole, or was closed by its caller.
func (f *flight) end(err error) { f.once.Do(func() { f.over(err) }) }

func (f *flight) over(err error) {
	now := time.Now()
	f.active(-1)
	at := []attribute.KeyValue{attribute.String("url.scheme", f.scheme)}
	if f.status != 0 {
		at = append(at, statusKey.Int(f.status), semconv.NetworkProtocolVersion("1.1"))
	}
	switch {
	case err != nil:
		at = append(at, errorKey.String(errorType(err)))
		f.span.SetStatus(codes.Error, errorType(err)) // the error's text has the target, where secrets may be
		f.span.SetAttributes(verdictOf(dugonghttp.Verdict(err)))
	case f.status >= 400:
		at = append(at, errorKey.String(strconv.Itoa(f.status)))
		f.span.SetStatus(codes.Error, "")
	}
	f.t.inst.duration.Record(f.ctx, now.Sub(f.begun).Seconds(), f.method, f.server.address, f.server.port, at...)
	f.span.SetAttributes(at...)
	f.span.End(trace.WithTimestamp(now))
}

// A body tells its flight of its end.
type body struct {
	io.ReadCloser
	f *flight
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch err {
	case nil:
	case io.EOF:
		b.f.end(nil)
	default:
		b.f.end(err)
	}
	return n, err
}

func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.f.end(nil)
	return err
}
