package dugongotel

import (
	"context"
	"net/url"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/semconv/v1.43.0/httpconv"
	"go.opentelemetry.io/otel/trace"

	"github.com/dugong-http/dugong/dugonghttp"
)

// The hooks of dugonghttp have no context: what they tell is not about the
// caller's work but about connections.
var background = context.Background()

// hook sets the hooks of tr. Those that were there are called as well.
func (t *Transport) hook() {
	m := dugonghttp.Metrics{}
	if t.base.Metrics != nil {
		m = *t.base.Metrics
	}
	m.Attempt = both(m.Attempt, t.attempt)
	m.Traffic = both(m.Traffic, t.traffic)
	t.base.Metrics = &m
	t.base.OnRetry = both(t.base.OnRetry, t.retry)
}

func both[T any](first, second func(T)) func(T) {
	if first == nil {
		return second
	}
	return func(v T) {
		first(v)
		second(v)
	}
}

func (t *Transport) attempt(a dugonghttp.Attempt) {
	i, s := t.inst, serverAt(a.Origin)
	if i.ahead.Enabled(background) {
		i.ahead.Record(background, int64(a.Ahead), metric.WithAttributes(s.attributes()...))
	}
	if a.Wait > 0 && i.wait.Enabled(background) {
		i.wait.Record(background, a.Wait.Seconds(), metric.WithAttributes(s.attributes()...))
	}
	if a.Err != nil && i.failures.Enabled(background) {
		i.failures.Add(background, 1, metric.WithAttributes(append(s.attributes(),
			verdictOf(a.Verdict), errorKey.String(errorType(a.Err)))...))
	}
}

func (t *Transport) traffic(n dugonghttp.Traffic) {
	i, s := t.inst, serverAt(n.Origin)
	if i.io.Enabled(background) {
		i.io.Add(background, n.Sent, metric.WithAttributes(append(s.attributes(), attribute.String("network.io.direction", "transmit"))...))
		i.io.Add(background, n.Received, metric.WithAttributes(append(s.attributes(), attribute.String("network.io.direction", "receive"))...))
	}
	var more []attribute.KeyValue
	if n.Status != 0 {
		more = append(more, statusKey.Int(n.Status))
	}
	if n.RequestBody > 0 {
		i.requestSize.Record(background, n.RequestBody, methodOf(n.Method), s.address, s.port, more...)
	}
	if n.Status != 0 {
		i.responseSize.Record(background, n.ResponseBody, methodOf(n.Method), s.address, s.port, more...)
	}
}

// retry counts a repetition, and puts it on the span of its request.
func (t *Transport) retry(r dugonghttp.Retry) {
	ctx, verdict := r.Request.Context(), verdictOf(dugonghttp.Verdict(r.Err))
	if t.inst.retries.Enabled(ctx) {
		t.inst.retries.Add(ctx, 1, metric.WithAttributes(append(serverOf(r.Request.URL).attributes(), verdict)...))
	}
	if f, ok := ctx.Value(flightKey{}).(*flight); ok {
		f.span.AddEvent("dugong.retry", trace.WithAttributes(attemptKey.Int(r.Attempt), verdict, errorKey.String(errorType(r.Err))))
	}
}

// observe tells of the origins, when somebody asks.
func (t *Transport) observe(_ context.Context, to metric.Observer) error {
	for _, o := range t.base.Origins() {
		s := serverAt(o.Addr)
		if u, err := url.Parse(o.Proxy); o.Addr == "" && err == nil { // the proxy is whom it is connected to
			s = serverOf(u)
		}
		at := append(s.attributes(), attribute.String("url.scheme", o.Scheme))
		state := t.inst.conns.AttrConnectionState
		to.ObserveInt64(t.inst.conns.Inst(), int64(o.Idle), metric.WithAttributes(append(at, state(httpconv.ConnectionStateIdle))...))
		to.ObserveInt64(t.inst.conns.Inst(), int64(o.Conns-o.Idle), metric.WithAttributes(append(at, state(httpconv.ConnectionStateActive))...))
		to.ObserveInt64(t.inst.depth, int64(o.Depth), metric.WithAttributes(at...))
	}
	return nil
}
